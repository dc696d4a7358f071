using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Topologies;

/// <summary>
/// A server that by default does not run scripts in one piece, so that others' commands come between theirs.
/// </summary>
public sealed class GarnetTests
{
    private const int Callers = 8;

    [Fact]
    public async Task Where_scripts_are_not_atomic_no_call_fails_and_no_lock_stays_for_ever()
    {
        await using var server = await GarnetServer.StartAsync(inTransactions: false);
        await using var locks = ProviderUnderTest.On(server, Patient);
        await using var batches = ProviderUnderTest.On(
            server,
            options =>
            {
                Patient(options);
                options.KeyPrefix = locks.KeyPrefix;
            },
            inBatches: true);
        await using var wire = await server.ConnectAsync();

        for (var round = 0; round < 10; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => HurryAsync(caller % 2 == 0 ? locks : batches, $"{round}-{caller}")));
            foreach (var name in (await wire.SendAsync("KEYS", locks.KeyPrefix + "*"))!.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (!string.Equals(name, locks.FenceName("orders"), StringComparison.Ordinal))
                {
                    (await wire.SendAsync("PTTL", name) is "-1").ShouldBeFalse($"{name} stays, in round {round}");
                }
            }
        }
    }

    /// <summary>How long a busy machine takes to compile a script for the first time is no matter here.</summary>
    private static void Patient(RedisLockOptions options)
    {
        options.Configuration += ",asyncTimeout=60000";
        options.CommandTimeout = TimeSpan.FromMinutes(1);
    }

    /// <summary>
    /// Takes the lock, or a place in its queue, and gives up either at once. A lease is over after a millisecond or
    /// two, here and there between two commands.
    /// </summary>
    private static async Task HurryAsync(ProviderUnderTest locks, string owner)
    {
        for (var i = 0; i < 25; i++)
        {
            var name = $"{owner}-{i}";
            var request = ProviderUnderTest.Request("orders", name, TimeSpan.FromMilliseconds(1 + (i % 3))) with { StoreWait = Timeout.InfiniteTimeSpan };
            try
            {
                if ((await locks.Provider.TryAcquireAsync(request, TestContext.Current.CancellationToken).Within(TimeSpan.FromMinutes(1))).IsGranted)
                {
                    await locks.ReleaseAsync("orders", name);
                    continue;
                }
            }
            catch (DistributedLockUnavailableException e) when (e.Message.Contains("FORGOT", StringComparison.Ordinal))
            {
                // Without transactions a mark may fall, and that is noticed.
            }

            await locks.LeaveAsync("orders", name);
        }
    }
}
