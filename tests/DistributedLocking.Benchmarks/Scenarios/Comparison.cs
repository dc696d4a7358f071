using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks.Scenarios;

/// <summary>A scenario whose contenders take interleaved turns, in each case of the store's.</summary>
/// <typeparam name="TContender">Who is compared.</typeparam>
/// <typeparam name="TSample">What a turn of one of them comes to.</typeparam>
internal abstract class Comparison<TContender, TSample> : IScenario
    where TContender : IContender<TSample>
    where TSample : class, ISample
{
    public abstract string Name { get; }

    public abstract string Description { get; }

    public virtual IReadOnlyList<string> Stores => Store.Names;

    public abstract int DefaultRepetitions { get; }

    public abstract TimeSpan DefaultSlice { get; }

    public virtual string SliceDescription => "The length of a turn in milliseconds.";

    protected abstract string Title { get; }

    protected abstract IReadOnlyList<Column> Columns { get; }

    protected abstract WarmUp WarmUp { get; }

    public async Task<Report> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var report = new Report(new ReportTable(Title, context.Store.Description, Columns));
        foreach (var situation in Situations(context.Store))
        {
            var contenders = await CreateAsync(context.Store, situation);
            try
            {
                var rounds = await Interleaving.RunAsync(
                    [.. contenders.Cast<IContender<TSample>>()], WarmUp, context.Repetitions, context.Slice, cancellationToken);
                Add(report, context.Store, situation, contenders, rounds);
                report.Table.Note($"{situation}: {rounds.Note}");
            }
            finally
            {
                foreach (var contender in contenders)
                {
                    await contender.DisposeAsync();
                }
            }
        }

        return report;
    }

    /// <summary>What is measured one after the other, with contenders of its own.</summary>
    protected virtual IEnumerable<Situation> Situations(Store store) => store.Modes.Select(mode => new Situation(mode));

    protected abstract Task<IReadOnlyList<TContender>> CreateAsync(Store store, Situation situation);

    /// <summary>Adds the rows, and on Redis the figures that have a target.</summary>
    protected abstract void Add(Report report, Store store, Situation situation, IReadOnlyList<TContender> contenders, Rounds<TSample> rounds);
}

/// <summary>In what all contenders are alike.</summary>
/// <param name="Mode">One of the store's modes.</param>
/// <param name="Callers">How many callers, each with a key of its own.</param>
internal sealed record Situation(string Mode, int Callers = 1)
{
    public override string ToString() => Callers == 1 ? Mode : $"{Mode}, {Callers} callers";
}
