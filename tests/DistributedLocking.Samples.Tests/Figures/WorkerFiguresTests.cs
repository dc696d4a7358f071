using ConcurrentMutation.Figures;
using ConcurrentMutation.Mutations;
using ConcurrentMutation.Stages;
using ConcurrentMutation.Stores;

namespace DistributedLocking.Samples.Tests.Figures;

public sealed class WorkerFiguresTests
{
    [Fact]
    public void A_failed_attempt_costs_time_but_is_no_mutation()
    {
        var counter = new FiguresCounter(processId: 1);
        counter.Add(MutationOutcome.Consistent, TimeSpan.FromMilliseconds(10));
        counter.Add(MutationOutcome.Conflict, TimeSpan.FromMilliseconds(6));

        var figures = counter.Read();

        figures.Mutations.ShouldBe(1);
        figures.Errors.ShouldBe(1);
        figures.Average.ShouldBe(TimeSpan.FromMilliseconds(16));
    }

    [Fact]
    public void Without_mutations_there_is_no_average() => new FiguresCounter(processId: 1).Read().Average.ShouldBeNull();

    [Fact]
    public void A_stage_adds_its_workers_up()
    {
        var quick = new FiguresCounter(processId: 1);
        quick.Add(MutationOutcome.Consistent, TimeSpan.FromMilliseconds(1));
        quick.Add(MutationOutcome.Inconsistent, TimeSpan.FromMilliseconds(1));
        quick.Add(MutationOutcome.Consistent, TimeSpan.FromMilliseconds(1));
        var slow = new FiguresCounter(processId: 2);
        slow.Add(MutationOutcome.Consistent, TimeSpan.FromMilliseconds(9));
        slow.AddError("lock lost", TimeSpan.Zero);

        var result = new StageResult(Stage.All[0], [quick.Read(), slow.Read()]);

        result.Mutations.ShouldBe(4);
        result.Inconsistencies.ShouldBe(1);
        result.Errors.ShouldBe(1);
        result.Average.ShouldBe(TimeSpan.FromMilliseconds(3));
    }

    [Theory]
    [InlineData(8L, MutationOutcome.Consistent)]
    [InlineData(9L, MutationOutcome.Inconsistent)]
    [InlineData(7L, MutationOutcome.Inconsistent)]
    [InlineData(null, MutationOutcome.Conflict)]
    public void A_mutation_is_consistent_when_its_version_follows_the_one_read(long? written, object outcome)
    {
        var read = Employee.Initial with { Version = 7 };

        Work.Compare(read, written is { } version ? read with { Version = version } : null).ShouldBe((MutationOutcome)outcome);
    }
}
