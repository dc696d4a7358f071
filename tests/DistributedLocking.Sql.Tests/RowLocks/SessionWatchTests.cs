using System.Data.Common;
using DistributedLocking.Providers;
using DistributedLocking.Sql.RowLocks;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;
using DistributedLocking.Testing;

namespace DistributedLocking.Sql.Tests.RowLocks;

public sealed class MySqlSessionWatchTests(MySqlFixture fixture) : SessionWatchTests(fixture);

public sealed class PlainMySqlSessionWatchTests(PlainMySqlFixture fixture) : SessionWatchTests(fixture);

public sealed class PostgreSqlSessionWatchTests(PostgreSqlFixture fixture) : SessionWatchTests(fixture);

/// <summary>Waits that last for longer than one would rely on a silent connection.</summary>
public abstract class SessionWatchTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private static readonly AcquireRequest Request = new()
    {
        Key = "key",
        OwnerId = "waiter",
        TimeToLive = TimeSpan.FromMinutes(1),
        StoreWait = Timeout.InfiniteTimeSpan,
    };

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task A_waiter_keeps_its_place_however_long_it_waits()
    {
        var held = await Database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", cancellationToken: Cancellation);
        var recorder = new RecordingDataSource(Database.Source);
        var provider = NewProvider(recorder);
        var first = provider.TryAcquireAsync(Request, Cancellation).AsTask();
        await Database.WaitingAsync(1);
        var second = Database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", LongWait, Cancellation);
        await Database.WaitingAsync(2);
        var sessions = (await Kind.GetWaitingAsync(Database)).Order().ToList();

        await LookAfterAsync(() => recorder.Closed, 3);

        (await Kind.GetWaitingAsync(Database)).Order().ShouldBe(sessions);
        await held.ReleaseAsync(Cancellation);
        (await first.Within()).IsGranted.ShouldBeTrue();
        second.IsCompleted.ShouldBeFalse();
        (await provider.ReleaseAsync(new LeaseReference(Request.Key, Request.OwnerId), Cancellation)).ShouldBeTrue();
        (await second.Within()).IsHeld.ShouldBeTrue();
        await Eventually.BecomesTrueAsync(() => recorder.Closed == recorder.Commands.Count(IsLook) + 1, "the waiter's connection is closed");
    }

    [Fact]
    public async Task A_waiter_learns_that_its_server_cannot_be_reached_any_more()
    {
        var closed = new DbConnectionStringBuilder { ConnectionString = Database.ConnectionString() };
        closed["Port"] = 1;
        await ShouldBeLostAsync(closed.ConnectionString, Database.Own(Kind.CreateSource(closed.ConnectionString)));
    }

    [Fact]
    public async Task A_waiter_learns_that_the_server_does_not_know_its_session_any_more()
    {
        await using var server = await Kind.StartServerAsync();
        await using var other = Kind.CreateSource(server.ConnectionString);
        await ShouldBeLostAsync(Database.ConnectionString(), other);
    }

    [Fact]
    public async Task A_waiter_stays_while_there_is_no_connection_to_look_after_it()
    {
        await using var held = await Database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", cancellationToken: Cancellation);
        var recorder = new RecordingDataSource(Database.Source);

        // Without an address: the manual clock would not leave a try to reach it the time.
        var provider = NewProvider(new SwitchedDataSource(recorder, ""));
        using var cancel = new CancellationTokenSource();
        var waiting = provider.TryAcquireAsync(Request, cancel.Token).AsTask();
        await Database.WaitingAsync(1);
        var asked = 0;
        recorder.Fault = text =>
        {
            if (!IsLook(text))
            {
                return null;
            }

            asked++;
            return new InvalidOperationException("The pool is exhausted.");
        };

        await LookAfterAsync(() => asked, 2);

        await Database.WaitingAsync(1);
        waiting.IsCompleted.ShouldBeFalse();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Database.WaitingAsync(0);
    }

    /// <summary>
    /// Lets the time of a look come, again and again. One that comes while the last is not quite over is left out.
    /// </summary>
    private async Task LookAfterAsync(Func<int> ended, int count)
    {
        for (var i = 1; i <= count; i++)
        {
            var polls = 0;
            await Eventually.BecomesTrueAsync(
                () =>
                {
                    if (polls++ % 50 == 0)
                    {
                        _time.Advance(SessionWatch.Pause + TimeSpan.FromSeconds(1));
                    }

                    return ended() >= i;
                },
                "it was looked after");
        }
    }

    private async Task ShouldBeLostAsync(string connectionString, DbDataSource next)
    {
        await using var held = await Database.NewLock(SqlLockMode.RowLock).AcquireAsync("key", cancellationToken: Cancellation);
        var source = new SwitchedDataSource(Database.Source, connectionString);
        var provider = NewProvider(source);
        var waiting = provider.TryAcquireAsync(Request, Cancellation).AsTask();
        await Database.WaitingAsync(1);

        source.Current = next;
        _time.Advance(SessionWatch.Pause);

        (await Should.ThrowAsync<DistributedLockUnavailableException>(waiting.Within())).IsTransient.ShouldBeTrue();
        await Database.WaitingAsync(0);
    }

    private SqlLockProvider NewProvider(DbDataSource source) => Database.NewProvider(
        SqlLockMode.RowLock,

        // The manual clock is far ahead of the server.
        options => options.CommandTimeout = TimeSpan.FromHours(1),
        source,
        _time);

    private bool IsLook(string text) => string.Equals(
        text.Split('(')[0], Kind.LockDialect.Dialect.FindSessions("0").Split('(')[0], StringComparison.Ordinal);
}
