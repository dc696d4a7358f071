using DistributedLocking.Engine.Gates;
using DistributedLocking.Engine.Leases;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;

namespace DistributedLocking.Tests.Engine;

/// <summary>
/// Pairs of threads that write and then look whether the other has written: one of them must see the other.
/// </summary>
[Collection(nameof(SystemClockTests))]
public sealed class RaceTests
{
    private const int Races = 10_000;

    /// <summary>
    /// Enough for thousands of races that a missing fence loses, wherever the two threads have a processor each.
    /// </summary>
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1.5);

    [Fact]
    public void A_first_look_at_the_lost_token_that_races_the_loss_is_told_of_it() => Race(
        static () => (Lease: NewLease(), Source: new LostTokenSource()),
        static pair => pair.Lease.ObserveLoss(pair.Source),
        static pair =>
        {
            pair.Lease.TryLose();
            pair.Lease.SignalLoss();
        },
        static pair => pair.Source.IsCancellationRequested);

    [Fact]
    public void A_lease_whose_renewal_ends_as_unknown_meanwhile_is_not_settled() => Race(
        static () =>
        {
            var lease = NewLease();
            lease.Operation.Wait(0).ShouldBeTrue();
            return (Lease: lease, IsSettled: new bool[1]);
        },
        static pair =>
        {
            pair.Lease.NoteUnknownRenewal(TimeSpan.FromSeconds(1), connection: null);
            pair.Lease.Operation.Release();
        },
        static pair => pair.IsSettled[0] = pair.Lease.IsSettled(),
        static pair => !pair.IsSettled[0]);

    [Fact]
    public void A_watch_that_ends_while_a_wait_returns_lets_no_later_wait_hang() => Race(
        static () =>
        {
            var latch = new WakeUpLatch();
            latch.Set();
            return (Latch: latch, First: new Task<WakeUp>[1]);
        },
        static pair => pair.First[0] = pair.Latch.WaitAsync(CancellationToken.None).AsTask(),
        static pair => pair.Latch.Fail(new IOException("cut")),
        static pair =>
        {
            if (pair.First[0].IsCompletedSuccessfully)
            {
                pair.First[0] = pair.Latch.WaitAsync(CancellationToken.None).AsTask();
            }

            return pair.First[0].IsFaulted;
        });

    /// <summary>Runs two actions on many objects, on two threads that go through them side by side.</summary>
    private static void Race<T>(Func<T> create, Action<T> first, Action<T> second, Func<T, bool> isRight)
    {
        for (var start = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(start) < Duration;)
        {
            var subjects = Enumerable.Range(0, Races).Select(_ => create()).ToArray();
            var turn = 0;
            var other = new Thread(() => Run(second));
            other.Start();
            Run(first);
            other.Join();
            subjects.Count(subject => !isRight(subject)).ShouldBe(0);

            void Run(Action<T> action)
            {
                for (var i = 0; i < subjects.Length; i++)
                {
                    // Both arrive, and go on together; but one that lost its processor is not waited for until it has
                    // it again.
                    Interlocked.Increment(ref turn);
                    for (var spins = 0; spins < 200 && Volatile.Read(ref turn) < 2 * (i + 1); spins++)
                    {
                        Thread.SpinWait(1);
                    }

                    action(subjects[i]);
                }
            }
        }
    }

    private static Lease NewLease() => new(new LocalGate(new LocalGates(), "key"), "owner", 1, AcquirePlan.ForAcquire(new DistributedLockOptions(), null), 0)
    {
        HoldEnd = Clock.Never,
        Chain = null,
    };
}
