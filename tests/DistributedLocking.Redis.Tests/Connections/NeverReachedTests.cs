using System.Net;
using System.Net.Sockets;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.Testing;

namespace DistributedLocking.Redis.Tests.Connections;

/// <summary>
/// Servers that never accepted a connection: nothing was sent to them, so there is nothing to clean up.
/// </summary>
public sealed class NeverReachedTests
{
    private static readonly AcquireOptions Once = new() { WaitTimeout = TimeSpan.Zero };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refused_connection_leaves_nothing_to_do_at_the_shutdown()
    {
        var options = new RedisLockOptions { Configuration = ClosedPort.Address() + ",connectTimeout=200,connectRetry=1" };
        var calls = new FaultyLockProvider(new RedisLockProvider(options));
        await using (var locks = new DistributedLock(calls, options))
        {
            var error = await Should.ThrowAsync<DistributedLockUnavailableException>(() => locks.TryAcquireAsync("key", Once, Cancel).AsTask());
            error.IsUnsent.ShouldBeTrue();
        }

        calls.CountCalls(ProviderOperations.Release).ShouldBe(0);
    }

    [Fact]
    public async Task Nor_does_a_call_that_was_cancelled_while_it_waited_for_the_connection()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var options = new RedisLockOptions { Configuration = silent.LocalEndpoint + ",connectTimeout=60000", CommandTimeout = TimeSpan.FromMinutes(1) };
        var calls = new FaultyLockProvider(new RedisLockProvider(options));
        await using (var locks = new DistributedLock(calls, options))
        {
            using var cancellation = new CancellationTokenSource();
            var attempt = locks.TryAcquireAsync("key", Once, cancellation.Token).AsTask();
            await cancellation.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => attempt);
        }

        calls.CountCalls(ProviderOperations.Release).ShouldBe(0);
    }

    [Fact]
    public async Task Nor_do_the_servers_of_a_quorum()
    {
        var options = new RedisLockOptions { Servers = [.. Enumerable.Range(0, 3).Select(_ => ClosedPort.Address() + ",connectTimeout=200,connectRetry=1")] };
        await using var provider = new RedisQuorumLockProvider(options);

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(
            () => provider.TryAcquireAsync(new AcquireRequest { Key = "key", OwnerId = "a", TimeToLive = TimeSpan.FromMinutes(1) }, Cancel).AsTask());

        error.IsUnsent.ShouldBeTrue();
    }
}
