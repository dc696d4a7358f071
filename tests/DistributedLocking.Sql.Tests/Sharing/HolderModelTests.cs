using DistributedLocking.Providers;
using DistributedLocking.Sql.Keys;
using DistributedLocking.Sql.Sharing;
using DistributedLocking.Sql.Tables;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Sharing;

public sealed class MySqlHolderModelTests(MySqlFixture fixture) : HolderModelTests(fixture);

public sealed class PostgreSqlHolderModelTests(PostgreSqlFixture fixture) : HolderModelTests(fixture);

/// <summary>Random operations on the table of holders, and on a model of it.</summary>
public abstract class HolderModelTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private const int Operations = 400;

    private static readonly int[] Limits = [1, 1, 2, 3, int.MaxValue, int.MaxValue];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task The_table_does_what_the_rule_says(int seed)
    {
        var random = new Random(seed);
        var model = new Model();
        var database = Database.NewSqlDatabase(SqlLockMode.Lease, new RecordingLogger());
        await using var rows = new UnusedRows(database, Timeout.InfiniteTimeSpan);
        var provider = new HolderProvider(database, new KeysByMode("lock:"), rows, notifications: null) { PlaceLasts = TimeSpan.FromHours(1) };
        var last = 0L;
        var granted = 0;
        for (var i = 0; i < Operations; i++)
        {
            // An owner asks for the same thing as long as it waits.
            var number = random.Next(8);
            var lease = new LeaseReference("key", $"owner {number}") { Mode = LockMode.Counted };
            switch (random.Next(5))
            {
                case 0:
                    (await provider.ReleaseAsync(lease, Cancellation)).ShouldBe(model.Release(lease.OwnerId), $"operation {i}, seed {seed}");
                    break;
                case 1 when random.Next(3) == 0:
                    await provider.LeaveAsync(lease, Cancellation);
                    model.Leave(lease.OwnerId);
                    break;
                default:
                    var waits = random.Next(3) > 0 || model.Waits(lease.OwnerId);
                    var limit = Limits[number % Limits.Length];
                    var request = new AcquireRequest
                    {
                        Key = lease.Key,
                        OwnerId = lease.OwnerId,
                        TimeToLive = TimeSpan.FromHours(1),
                        Mode = lease.Mode,
                        Limit = limit,
                        StoreWait = waits ? TimeSpan.FromHours(1) : TimeSpan.Zero,
                    };
                    var reply = await provider.TryAcquireAsync(request, Cancellation);
                    reply.IsGranted.ShouldBe(model.Acquire(lease.OwnerId, limit, waits), $"operation {i}, seed {seed}");
                    if (reply.IsGranted)
                    {
                        granted++;
                        reply.FencingToken.ShouldBeGreaterThan(last);
                        last = reply.FencingToken;
                    }

                    break;
            }
        }

        granted.ShouldBeGreaterThan(Operations / 20);
    }

    /// <summary>Those that hold and those that wait, in the order in which they came.</summary>
    private sealed class Model
    {
        private readonly List<(string Owner, int Limit, bool Holds)> _all = [];

        internal bool Waits(string owner) => _all.Exists(one => one.Owner == owner && !one.Holds);

        internal bool Acquire(string owner, int limit, bool waits)
        {
            var own = _all.FindIndex(one => one.Owner == owner);
            if (own >= 0 && _all[own].Holds)
            {
                return true;
            }

            var before = _all.Where((one, i) => one.Owner != owner && (one.Holds || own < 0 || i < own)).ToList();
            var fits = before.Count < limit && before.TrueForAll(one => one.Limit != 1);
            if (own >= 0)
            {
                _all[own] = (owner, limit, fits);
            }
            else if (fits || waits)
            {
                _all.Add((owner, limit, fits));
            }

            return fits;
        }

        internal bool Release(string owner) => _all.RemoveAll(one => one.Owner == owner && one.Holds) > 0;

        internal void Leave(string owner) => _all.RemoveAll(one => one.Owner == owner && !one.Holds);
    }
}
