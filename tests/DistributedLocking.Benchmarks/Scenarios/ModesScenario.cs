using System.Globalization;
using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Stores;
using DistributedLocking.Benchmarks.Subjects;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Benchmarks.Scenarios;

/// <summary>What a share of a lock, a permit and several keys cost, beside the plain lock.</summary>
internal sealed class ModesScenario : Comparison<ModesScenario.Turns, Sample>
{
    private const int Plain = 0;
    private const int Permits = 3;
    private const int SeveralKeys = 5;
    private const int Contending = 12;
    private const int Writers = 2;

    private static readonly AcquireOptions Patient = new() { WaitTimeout = TimeSpan.FromMinutes(1) };

    public override string Name => "modes";

    public override string Description => "Readers, writers, permits and several keys beside the plain lock, alone and with twelve callers on one key.";

    public override IReadOnlyList<string> Stores => Store.AllNames;

    public override int DefaultRepetitions => 20;

    public override TimeSpan DefaultSlice => TimeSpan.FromMilliseconds(250);

    protected override string Title => "Modes beside the plain lock";

    protected override IReadOnlyList<Column> Columns { get; } =
    [
        Column.Text("mode"),
        Column.Text("callers"),
        Column.Text("subject"),
        Column.Number("cycles/s", "#,0"),
        Column.Number("of the plain lock", "0.00"),
        Column.Number("p50 µs", "#,0"),
        Column.Number("p99 µs", "#,0"),
        Column.Number("a writer's longest wait, ms", "0.0"),
    ];

    protected override WarmUp WarmUp { get; } = new(Least: 5, Quiet: 3, Most: 40);

    protected override IEnumerable<Situation> Situations(Store store) =>
        store.Modes.SelectMany(mode => new[] { new Situation(mode), new Situation(mode, Contending) });

    protected override async Task<IReadOnlyList<Turns>> CreateAsync(Store store, Situation situation)
    {
        ServiceProvider Lock() => store.CreateLock(new LockUse(situation.Mode) { HandOver = HandOver.Off });
        var subjects = situation.Callers == 1 ? await AloneAsync(Lock, store.MostHeld(situation.Mode)) : Together(Lock);
        return [.. subjects.Select(subject => new Turns(subject, situation.Callers))];
    }

    protected override void Add(Report report, Store store, Situation situation, IReadOnlyList<Turns> contenders, Rounds<Sample> rounds)
    {
        for (var i = 0; i < contenders.Count; i++)
        {
            report.Table.Add(
                situation.Mode,
                situation.Callers,
                contenders[i].Subject.Name,
                rounds.Median(i, sample => sample.Rate),
                rounds.MedianRatio(i, Plain, sample => sample.Rate),
                rounds.Median(i, sample => sample.LatencyPercentile(50).TotalMicroseconds),
                rounds.Median(i, sample => sample.LatencyPercentile(99).TotalMicroseconds),
                contenders[i].Subject.IsWatched is null ? null : contenders[i].Subject.Longest.TotalMilliseconds);
        }
    }

    /// <summary>One caller: nobody is in its way.</summary>
    private static async Task<IReadOnlyList<ModeSubject>> AloneAsync(Func<ServiceProvider> create, int mostHeld)
    {
        var readers = Math.Min(1000, mostHeld);
        var crowded = create();
        var among = new ModeSubject(
            string.Create(CultureInfo.InvariantCulture, $"reader among {readers:#,0} readers"), crowded, (services, _) => () => ReadAsync(services, "crowd"));
        await among.HoldAsync(readers, () => ReadAsync(crowded, "crowd"));
        string[] keys = [.. Enumerable.Range(0, SeveralKeys).Select(number => $"several:{number.ToString(CultureInfo.InvariantCulture)}")];
        return
        [
            new("lock", create(), (services, loop) => () => LockAsync(services, loop.Key)),
            new("reader", create(), (services, loop) => () => ReadAsync(services, loop.Key)),
            among,
            new("writer", create(), (services, loop) => () => WriteAsync(services, loop.Key)),
            new("permit of 3", create(), (services, loop) => () => PermitAsync(services, loop.Key)),
            new("5 keys at once", create(), (services, _) => () => AllAsync(services, keys)),
            new("5 keys one after the other", create(), (services, _) => () => OneByOneAsync(services, keys)),
        ];
    }

    /// <summary>Twelve callers that want one key.</summary>
    private static IReadOnlyList<ModeSubject> Together(Func<ServiceProvider> create) =>
    [
        new("lock", create(), (services, _) => () => LockAsync(services, "one")),
        new("permit of 3", create(), (services, _) => () => PermitAsync(services, "one")),
        new("readers", create(), (services, _) => () => ReadAsync(services, "one")),
        new($"{Writers} writers among {Contending - Writers} readers", create(), (services, loop) => IsWriter(loop)
            ? () => WriteAsync(services, "both")
            : () => ReadAsync(services, "both"))
        {
            IsWatched = IsWriter,
        },
    ];

    // The keys of a turn's callers are numbered.
    private static bool IsWriter(CallerLoop loop) =>
        int.Parse(loop.Key.AsSpan(loop.Key.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture) < Writers;

    private static async Task<IAsyncDisposable> LockAsync(ServiceProvider services, string key) =>
        await services.GetRequiredService<IDistributedLock>().AcquireAsync(key, Patient);

    private static async Task<IAsyncDisposable> ReadAsync(ServiceProvider services, string key) =>
        await services.GetRequiredService<IDistributedReaderWriterLock>().AcquireReadLockAsync(key, Patient);

    private static async Task<IAsyncDisposable> WriteAsync(ServiceProvider services, string key) =>
        await services.GetRequiredService<IDistributedReaderWriterLock>().AcquireWriteLockAsync(key, Patient);

    private static async Task<IAsyncDisposable> PermitAsync(ServiceProvider services, string key) =>
        await services.GetRequiredService<IDistributedSemaphore>().AcquireAsync(key, Permits, Patient);

    private static async Task<IAsyncDisposable> AllAsync(ServiceProvider services, IReadOnlyList<string> keys) =>
        await services.GetRequiredService<IDistributedLock>().AcquireAllAsync(keys, Patient);

    private static async Task<IAsyncDisposable> OneByOneAsync(ServiceProvider services, IReadOnlyList<string> keys)
    {
        var locks = services.GetRequiredService<IDistributedLock>();
        var held = new Stack<IAsyncDisposable>();
        foreach (var key in keys)
        {
            held.Push(await locks.AcquireAsync(key, Patient));
        }

        return new Held(held);
    }

    private sealed class Held(Stack<IAsyncDisposable> handles) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var handle in handles)
            {
                await handle.DisposeAsync();
            }
        }
    }

    /// <summary>A subject's turns.</summary>
    internal sealed class Turns(ModeSubject subject, int callers) : IContender<Sample>
    {
        private readonly SubjectTurns _turns = new(subject, callers);

        internal ModeSubject Subject { get; } = subject;

        public Task<Sample> TakeTurnAsync(TimeSpan length) => _turns.TakeTurnAsync(length);

        public ValueTask DisposeAsync() => _turns.DisposeAsync();
    }
}
