using System.Collections.Concurrent;

namespace DistributedLocking.Tests.Extensions;

public sealed class BlockingTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_call_that_need_not_wait_runs_on_the_callers_thread()
    {
        var thread = 0;
        var locks = new RecordingLock { Work = () => Note(Environment.CurrentManagedThreadId) };

        locks.Acquire("k", TestContext.Current.CancellationToken).Key.ShouldBe("k");

        thread.ShouldBe(Environment.CurrentManagedThreadId);

        Task Note(int id)
        {
            thread = id;
            return Task.CompletedTask;
        }
    }

    [Fact]
    public void The_answers_come_through()
    {
        var free = new RecordingLock { Work = async () => await Task.Yield() };
        var held = new RecordingLock { Work = async () => await Task.Yield(), IsFree = false };

        free.TryAcquire("k", TestContext.Current.CancellationToken)!.Key.ShouldBe("k");
        free.Release("k", TestContext.Current.CancellationToken).ShouldBeTrue();
        held.TryAcquire("k", TestContext.Current.CancellationToken).ShouldBeNull();
        held.Release("k", TestContext.Current.CancellationToken).ShouldBeFalse();
        Should.Throw<DistributedLockTimeoutException>(() => held.Acquire("k", TestContext.Current.CancellationToken)).Key.ShouldBe("k");
    }

    [Fact]
    public void An_error_is_thrown_as_it_is()
    {
        Should.Throw<DistributedLockUnavailableException>(() => Failing(() => throw new DistributedLockUnavailableException("away")).Acquire("k"));
        Should.Throw<DistributedLockUnavailableException>(() => Failing(FailLaterAsync).Acquire("k"));

        static RecordingLock Failing(Func<Task> work) => new() { Work = work };

        static async Task FailLaterAsync()
        {
            await Task.Yield();
            throw new DistributedLockUnavailableException("away");
        }
    }

    [Fact]
    public void A_cancelled_wait_ends()
    {
        using var source = new CancellationTokenSource();
        var waiting = new ManualResetEventSlim();
        var locks = new RecordingLock
        {
            Work = () =>
            {
                waiting.Set();
                return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, source.Token);
            },
        };

        var caller = OnThread(() => Should.Throw<OperationCanceledException>(() => locks.Acquire("k", source.Token)));
        waiting.Wait(Bound, TestContext.Current.CancellationToken).ShouldBeTrue();
        source.Cancel();

        caller();
    }

    // The lock's own continuation would be posted to the thread that blocks, were its context still there.
    [Fact]
    public void A_context_of_one_thread_does_not_deadlock()
    {
        var context = new OneThreadContext();
        var locks = new RecordingLock { Work = async () => await Task.Yield() };
        SynchronizationContext? after = null;

        OnThread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(context);
            locks.Acquire("k").Key.ShouldBe("k");
            locks.TryAcquiref($"k{1}")!.Key.ShouldBe("k1");
            locks.Releasef("k{0}", 1).ShouldBeTrue();
            after = SynchronizationContext.Current;
        })();

        context.Posted.ShouldBeEmpty();
        after.ShouldBeSameAs(context, "the thread gets its context back");
    }

    [Fact]
    public void The_context_comes_back_after_an_error_too()
    {
        var context = new OneThreadContext();
        var locks = new RecordingLock { Work = () => throw new DistributedLockUnavailableException("away") };
        SynchronizationContext? after = null;

        OnThread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(context);
            Should.Throw<DistributedLockUnavailableException>(() => locks.Acquire("k"));
            after = SynchronizationContext.Current;
        })();

        after.ShouldBeSameAs(context);
    }

    [Fact]
    public async Task A_scheduler_of_one_task_at_a_time_does_not_deadlock()
    {
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var locks = new RecordingLock { Work = async () => await Task.Yield() };

        var acquired = Task.Factory.StartNew(() => locks.Acquire("k").Key, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, scheduler);

        (await acquired.WaitAsync(Bound, TimeProvider.System, TestContext.Current.CancellationToken)).ShouldBe("k");
    }

    // Joining is bounded, so that a deadlock fails the test and doesn't hang the run.
    private static Action OnThread(Action body)
    {
        Exception? error = null;
        var thread = new Thread(() => error = Record.Exception(body)) { IsBackground = true };
        thread.Start();
        return () =>
        {
            thread.Join(Bound).ShouldBeTrue("the call is stuck");
            error.ShouldBeNull();
        };
    }

    /// <summary>Only the thread that it belongs to could run what is posted, and that one blocks.</summary>
    private sealed class OneThreadContext : SynchronizationContext
    {
        public ConcurrentQueue<SendOrPostCallback> Posted { get; } = new();

        public override void Post(SendOrPostCallback d, object? state) => Posted.Enqueue(d);
    }
}
