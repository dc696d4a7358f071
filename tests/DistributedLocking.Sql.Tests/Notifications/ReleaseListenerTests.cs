using DistributedLocking.PostgreSql;
using DistributedLocking.PostgreSql.Notifications;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedLocking.Sql.Tests.Notifications;

public sealed class ReleaseListenerTests(PostgreSqlFixture fixture) : DatabaseTests(fixture)
{
    private const int NotificationsDoNotArrive = 3200;

    private static readonly byte[] Key = [1, 2, 3];

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private string Listeners => $"{Kind.Sessions(Database.Name)} AND query LIKE 'LISTEN%'";

    [Fact]
    public async Task A_release_wakes_those_who_watch_its_key_and_no_others()
    {
        await using var listener = NewListener();
        await using var first = await WatchAsync(listener, Key);
        await using var second = await WatchAsync(listener, Key);
        await using var other = await WatchAsync(listener, [9]);

        await NotifyAsync(Key);

        (await first.WaitAsync(Cancellation).Within()).ShouldBe(WakeUp.Changed);
        (await second.WaitAsync(Cancellation).Within()).ShouldBe(WakeUp.Changed);
        using var brief = new CancellationTokenSource();
        var waiting = other.WaitAsync(brief.Token).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        await brief.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        (await Database.AdminAsync(Listeners)).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1000)]
    public async Task The_release_of_a_key_of_any_length_wakes_those_who_watch_it(int length)
    {
        var provider = Database.NewProvider(SqlLockMode.Lease);
        var held = new AcquireRequest { Key = new string('k', length), OwnerId = "holder", TimeToLive = TimeSpan.FromMinutes(1) };
        var wanted = held with { OwnerId = "waiter" };
        (await provider.TryAcquireAsync(held, Cancellation)).IsGranted.ShouldBeTrue();
        await using var watch = (await provider.WatchAsync(wanted, Cancellation)).ShouldNotBeNull();
        (await provider.TryAcquireAsync(wanted, Cancellation)).IsGranted.ShouldBeFalse();

        (await provider.ReleaseAsync(new LeaseReference(held.Key, held.OwnerId), Cancellation)).ShouldBeTrue();

        (await watch.WaitAsync(Cancellation).Within()).ShouldBe(WakeUp.Changed);
    }

    [Fact]
    public async Task A_killed_session_is_told_to_those_who_watch_and_the_next_watch_works()
    {
        await using var listener = NewListener();
        await using (var watch = await WatchAsync(listener, Key))
        {
            foreach (var session in await Database.AdminAsync(Listeners))
            {
                await Database.AdminAsync(Kind.Kill(session));
            }

            await Should.ThrowAsync<DistributedLockUnavailableException>(() => watch.WaitAsync(Cancellation).Within());
        }

        await using var next = await WatchAsync(listener, Key);
        await NotifyAsync(Key);
        (await next.WaitAsync(Cancellation).Within()).ShouldBe(WakeUp.Changed);
    }

    [Fact]
    public async Task It_survives_a_restart_of_the_server()
    {
        await using var server = await Kind.StartServerAsync();
        await using var database = await DatabaseUnderTest.CreateAsync(Kind, server);
        await using var listener = new ReleaseListener(database.Source, Timeout, TimeProvider.System, NullLogger.Instance);
        await using (var watch = await WatchAsync(listener, Key))
        {
            await server.StopAsync();
            await Should.ThrowAsync<DistributedLockUnavailableException>(() => watch.WaitAsync(Cancellation).Within());
        }

        (await listener.WatchAsync(Key, Cancellation).Within()).ShouldBeNull("The server is away.");
        await server.RestartAsync();

        IKeyWatch? next = null;
        await Eventually.BecomesTrueAsync(async () => (next = await listener.WatchAsync(Key, Cancellation)) is not null, "it listens again");
        await using var again = next!;
        await database.SqlAsync($"NOTIFY distributed_lock, '{Convert.ToHexString(Key)}'");
        (await again.WaitAsync(Cancellation).Within()).ShouldBe(WakeUp.Changed);
    }

    [Fact]
    public async Task Notifications_that_do_not_arrive_are_told_of_once()
    {
        await using var elsewhere = await fixture.CreateDatabaseAsync();
        var logs = new RecordingLogger();
        var source = new AlternatingDataSource(Database.Source, elsewhere.Source);
        var time = new ShiftedTimeProvider();
        await using var listener = new ReleaseListener(source, Timeout, time, logs);

        (await listener.WatchAsync(Key, Cancellation).Within()).ShouldBeNull();
        logs.CountOf(NotificationsDoNotArrive).ShouldBe(1);
        var opened = source.Opened;
        (await listener.WatchAsync(Key, Cancellation).Within()).ShouldBeNull();
        source.Opened.ShouldBe(opened, "The answer is believed for a while.");
        time.Shift = TimeSpan.FromMinutes(2);

        await Eventually.BecomesTrueAsync(
            async () =>
            {
                (await listener.WatchAsync(Key, Cancellation).Within()).ShouldBeNull();
                return source.Opened > opened;
            },
            "it is tried out again");

        logs.CountOf(NotificationsDoNotArrive).ShouldBe(1);
    }

    [Fact]
    public async Task Without_notifications_waiters_poll()
    {
        var locks = Database.NewLock(SqlLockMode.Lease, options => ((PostgreSqlLockOptions)options).UseNotifications = false);
        var provider = Database.NewProvider(SqlLockMode.Lease, options => ((PostgreSqlLockOptions)options).UseNotifications = false);
        provider.Capabilities.HasFlag(LockProviderCapabilities.Notification).ShouldBeFalse();
        var held = await locks.AcquireAsync("key", cancellationToken: Cancellation);
        var others = Database.NewLock(SqlLockMode.Lease, options => ((PostgreSqlLockOptions)options).UseNotifications = false);
        var waiting = others.AcquireAsync("key", LongWait with { Retry = RetryPolicy.Forever(TimeSpan.FromMilliseconds(50)) }, Cancellation);

        await held.ReleaseAsync(Cancellation);

        (await waiting.Within()).IsHeld.ShouldBeTrue();
        (await Database.AdminAsync(Listeners)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_waiter_is_woken_again_after_its_listening_session_was_killed()
    {
        var holders = Database.NewLock(SqlLockMode.Lease);
        var waiters = Database.NewLock(SqlLockMode.Lease);
        for (var i = 0; i < 2; i++)
        {
            var held = await holders.AcquireAsync("key", LongWait, Cancellation);
            var waiting = waiters.AcquireAsync("key", LongWait, Cancellation);
            await Eventually.BecomesTrueAsync(async () => (await Database.AdminAsync(Listeners)).Count == 1, "the waiter listens");
            await held.ReleaseAsync(Cancellation);
            await (await waiting.Within()).ReleaseAsync(Cancellation);
            foreach (var session in await Database.AdminAsync(Listeners))
            {
                await Database.AdminAsync(Kind.Kill(session));
                await Eventually.BecomesTrueAsync(async () => !(await Database.AdminAsync(Listeners)).Contains(session), "the session is gone");
            }
        }
    }

    private static async Task<IKeyWatch> WatchAsync(ReleaseListener listener, byte[] key) =>
        (await listener.WatchAsync(key, Cancellation).Within()).ShouldNotBeNull();

    private ReleaseListener NewListener() => new(Database.Source, Timeout, TimeProvider.System, NullLogger.Instance);

    private Task<List<long>> NotifyAsync(byte[] key) => Database.SqlAsync($"NOTIFY distributed_lock, '{Convert.ToHexString(key)}'");
}
