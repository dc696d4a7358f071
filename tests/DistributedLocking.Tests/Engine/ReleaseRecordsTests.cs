using DistributedLocking.Engine.Gates;
using DistributedLocking.Engine.Leases;
using DistributedLocking.Tests.Doubles;
using FsCheck;
using FsCheck.Fluent;

namespace DistributedLocking.Tests.Engine;

public sealed class ReleaseRecordsTests
{
    /// <summary>Any run of additions and removals leaves what a list would hold, in its order.</summary>
    [Fact]
    public void Records_keep_their_order()
    {
        var steps = ArbMap.Default.ArbFor<(byte Record, bool Add, bool IsHolder)[]>();
        Prop.ForAll(steps, run =>
        {
            var gate = new LocalGate(new LocalGates(), "key");
            var records = default(ReleaseRecords);
            var expected = new List<Lease>();
            foreach (var (record, add, isHolder) in run)
            {
                if (add)
                {
                    var lease = GateLeases.New(gate);
                    lease.IsHolder = isHolder;
                    records.Append(lease);
                    expected.Add(lease);
                }
                else if (expected.Count > 0)
                {
                    var lease = expected[record % expected.Count];
                    records.Remove(lease);
                    records.Remove(lease);
                    expected.Remove(lease);
                }

                records.Oldest.ShouldBe(expected.FirstOrDefault());
                records.NewestHolder.ShouldBe(expected.LastOrDefault(lease => lease.IsHolder));
            }

            foreach (var lease in expected)
            {
                records.Oldest.ShouldBe(lease);
                records.Remove(lease);
            }

            records.Oldest.ShouldBeNull();
        }).QuickCheckThrowOnFailure();
    }
}
