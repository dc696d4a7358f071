using DistributedLocking.Engine.Leases;
using DistributedLocking.Engine.Time;
using DistributedLocking.Tests.Doubles;
using FsCheck;
using FsCheck.Fluent;

namespace DistributedLocking.Tests.Engine;

public sealed class LeaseTimetableTests
{
    /// <summary>
    /// Any run of additions, moves and removals leaves the leases in the order of their times, as a sorted list would.
    /// </summary>
    [Fact]
    public void Leases_come_out_in_the_order_of_their_times()
    {
        var steps = ArbMap.Default.ArbFor<(byte Lease, short Due, bool Remove)[]>();
        Prop.ForAll(steps, run =>
        {
            var leases = Enumerable.Range(0, 256).Select(_ => GateLeases.New()).ToArray();
            var timetable = new LeaseTimetable();
            var expected = new Dictionary<int, long>();
            foreach (var (lease, due, remove) in run)
            {
                if (remove)
                {
                    timetable.Remove(leases[lease]);
                    expected.Remove(lease);
                }
                else
                {
                    timetable.Set(leases[lease], due);
                    expected[lease] = due;
                }

                timetable.Count.ShouldBe(expected.Count);
                timetable.NextDue.ShouldBe(expected.Count == 0 ? Clock.Never : expected.Values.Min());
            }

            var order = new List<long>();
            while (timetable.Next is { } next)
            {
                timetable.Remove(next);
                order.Add(next.Due);
            }

            order.ShouldBe(expected.Values.Order());
        }).QuickCheckThrowOnFailure();
    }
}
