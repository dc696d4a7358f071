using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Queue;

/// <summary>
/// A subscription that fails at first: the waiter polls, and waits in the queue as soon as it can be told of its grant.
/// </summary>
public sealed class LateSubscriptionTests(SharedRedis redis)
{
    [Fact]
    public async Task A_waiter_whose_first_subscription_failed_is_told_of_its_grant()
    {
        await using var holder = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        using var client = await ConnectionMultiplexer.ConnectAsync(redis.Server.Address);
        var subscriptions = 0;
        var subscriber = Intercepted<ISubscriber>.Of(client.GetSubscriber(), method =>
            method == nameof(ISubscriber.SubscribeAsync) && Interlocked.Increment(ref subscriptions) == 1 ? Task.FromException(new TimeoutException()) : null);
        var given = Intercepted<IConnectionMultiplexer>.Of(client, method => method == nameof(IConnectionMultiplexer.GetSubscriber) ? subscriber : null);
        var options = new RedisLockOptions { KeyPrefix = holder.KeyPrefix };
        await using var locks = new DistributedLock(new RedisLockProvider(options, connection: given), options);
        await holder.AcquireAsync("orders", "a");

        // It asks twice; a third time would come much too late.
        var wait = new AcquireOptions { WaitTimeout = TimeSpan.FromHours(3), Retry = RetryPolicy.Linear(TimeSpan.FromMilliseconds(50), TimeSpan.FromHours(1), 3) };
        var waiting = locks.AcquireAsync("orders", wait, TestContext.Current.CancellationToken).AsTask();
        await Eventually.BecomesTrueAsync(async () => await wire.CountPlacesAsync(holder) == 1, "it stood in the queue");
        (await holder.ReleaseAsync("orders", "a")).ShouldBeTrue();

        await using var handle = await waiting.WaitAsync(Eventually.Bound, TimeProvider.System, TestContext.Current.CancellationToken);
        handle.IsHeld.ShouldBeTrue();
        subscriptions.ShouldBe(2);
    }
}
