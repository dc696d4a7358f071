using ConcurrentMutation.Figures;
using ConcurrentMutation.Mutations;
using ConcurrentMutation.Options;
using ConcurrentMutation.Stages;
using ConcurrentMutation.Stores;

namespace DistributedLocking.Samples.Tests.Stages;

public sealed class StageRunTests
{
    private static readonly DemoOptions Options = new OptionsBinder(_ => null, _ => null).Bind() with
    {
        Duration = TimeSpan.FromMinutes(5),
        Interval = TimeSpan.FromMilliseconds(1),
    };

    [Fact]
    public async Task Counts_outcomes_and_errors()
    {
        var figures = await RunAsync(
            () => MutationOutcome.Consistent,
            () => MutationOutcome.Inconsistent,
            () => MutationOutcome.Conflict,
            () => throw new DistributedLockTimeoutException("test"),
            () => throw new DistributedLockLostException("test"),
            () => throw new DistributedLockUnavailableException("test"),
            () => throw new DistributedLockLostException("test"));

        figures.Mutations.ShouldBe(2);
        figures.Inconsistencies.ShouldBe(1);
        figures.Errors.ShouldBe(5);
        figures.ErrorsByCause.ShouldBe(
            new Dictionary<string, long>(StringComparer.Ordinal) { ["version conflict"] = 1, ["lock timed out"] = 1, ["lock lost"] = 2, ["lock store failed"] = 1 },
            ignoreOrder: true);
        figures.ProcessId.ShouldBe(Environment.ProcessId);
    }

    [Fact]
    public async Task Retries_a_deadlock()
    {
        var figures = await RunAsync(() => throw new DeadlockException(new TimeoutException()), () => MutationOutcome.Consistent);

        figures.Mutations.ShouldBe(1);
        figures.Deadlocks.ShouldBe(1);
        figures.Errors.ShouldBe(0);
    }

    [Fact]
    public async Task Gives_a_mutation_up_that_meets_nothing_but_deadlocks()
    {
        var figures = await RunAsync([.. Enumerable.Repeat<Func<MutationOutcome>>(() => throw new DeadlockException(new TimeoutException()), DeadlockRetry.Limit)]);

        figures.Mutations.ShouldBe(0);
        figures.ErrorsByCause.ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { ["deadlock"] = 1 });
    }

    [Fact]
    public async Task Does_not_hide_a_bug() => await Should.ThrowAsync<InvalidOperationException>(() => RunAsync(() => throw new InvalidOperationException("a bug")));

    /// <summary>
    /// Runs a worker through a script, and stops the stage while the attempt after the last is under way.
    /// </summary>
    private static async Task<WorkerFigures> RunAsync(params Func<MutationOutcome>[] script)
    {
        var mutation = new ScriptedMutation(script);
        using var run = new StageRun(Options, Stage.All[0], [mutation]);
        var running = run.RunAsync(TimeProvider.System.GetTimestamp());
        await Task.WhenAny(mutation.ScriptEnded, running).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
        run.Stop();
        await running;
        return run.ReadFigures().ShouldHaveSingleItem();
    }

    private sealed class ScriptedMutation(Func<MutationOutcome>[] script) : IMutation
    {
        private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int next;

        public Task ScriptEnded => ended.Task;

        public async Task<MutationOutcome> RunAsync(TimeSpan work, CancellationToken cancellationToken)
        {
            if (next < script.Length)
            {
                return script[next++]();
            }

            ended.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            throw new InvalidOperationException("An endless delay has ended.");
        }
    }
}
