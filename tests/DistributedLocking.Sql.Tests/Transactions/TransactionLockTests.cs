using System.Diagnostics;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Transactions;

public sealed class PostgreSqlTransactionLockTests(PostgreSqlTestDatabase database) : TransactionLockTests(database);

public sealed class MySqlTransactionLockTests(MySqlTestDatabase database) : TransactionLockTests(database);

public abstract class TransactionLockTests(TestDatabase database)
{
    private readonly string _key = TestDatabase.NewName("key");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_lock_ends_with_the_transaction(bool commits)
    {
        await using var first = await database.BeginAsync();
        await using var second = await database.BeginAsync();

        var token = await first.AcquireAsync(_key);
        (await second.TryAcquireAsync(_key)).ShouldBeNull();
        await (commits ? first.CommitAsync() : first.RollbackAsync());

        (await second.TryAcquireAsync(_key)).ShouldNotBeNull().ShouldBeGreaterThan(token);
    }

    [Fact]
    public async Task It_is_taken_again_by_the_transaction_that_has_it_with_a_larger_token()
    {
        await using var transaction = await database.BeginAsync();

        var first = await transaction.AcquireAsync(_key);
        var second = await transaction.AcquireAsync(_key);

        second.ShouldBeGreaterThan(first);
    }

    [Fact]
    public async Task Tokens_rise_whether_transactions_commit_or_not_and_past_a_mark_ahead_of_the_clock()
    {
        List<long> tokens = [];
        foreach (var commits in (bool[])[true, false, true])
        {
            await using var transaction = await database.BeginAsync();
            tokens.Add(await transaction.AcquireAsync(_key));
            await (commits ? transaction.CommitAsync() : transaction.RollbackAsync());
        }

        const long Ahead = 9_000_000_000_000_000;
        await database.ReadAsync($"UPDATE distributed_lock SET token = {Ahead} WHERE token = {tokens[^1]}");
        await using var last = await database.BeginAsync();
        tokens.Add(await last.AcquireAsync(_key));

        tokens.ShouldBeInOrder();
        tokens.Distinct().Count().ShouldBe(tokens.Count);
        tokens[^1].ShouldBe(Ahead + 1);
    }

    [Fact]
    public async Task A_waiter_gets_it_when_the_holder_commits()
    {
        await using var holder = await database.BeginAsync();
        await using var waiter = await database.BeginAsync();
        var first = await holder.AcquireAsync(_key);

        var waiting = waiter.AcquireAsync(_key);
        await waiter.IsWaitingAsync();
        await holder.CommitAsync();

        (await waiting.WaitAsync(Eventually.Bound, TimeProvider.System, Cancellation)).ShouldBeGreaterThan(first);
    }

    [Fact]
    public async Task A_time_out_is_exact_and_leaves_the_transaction_and_its_settings_as_they_were()
    {
        await using var holder = await database.BeginAsync();
        await using var waiter = await database.BeginAsync();
        await holder.AcquireAsync(_key);
        var table = await CreateTableAsync();
        await waiter.ReadAsync($"INSERT INTO {table} VALUES (1)");
        var setting = await waiter.ReadAsync(database.LockTimeout);
        var wait = TimeSpan.FromMilliseconds(1300);

        var clock = Stopwatch.StartNew();
        var error = await Should.ThrowAsync<DistributedLockTimeoutException>(waiter.AcquireAsync(_key, new SqlTransactionLockOptions { WaitTimeout = wait }));
        clock.Stop();

        error.Key.ShouldBe(_key);
        error.Waited.ShouldBeGreaterThanOrEqualTo(wait - TimeSpan.FromMilliseconds(20));
        error.Message.ShouldNotContain(_key);
        clock.Elapsed.ShouldBeInRange(wait - TimeSpan.FromMilliseconds(20), wait + TimeSpan.FromSeconds(10));
        (await waiter.ReadAsync(database.LockTimeout)).ShouldBe(setting);
        await waiter.ReadAsync($"INSERT INTO {table} VALUES (2)");
        await waiter.CommitAsync();
        Convert.ToInt64(await database.ReadAsync($"SELECT COUNT(*) FROM {table}"), null).ShouldBe(2);
    }

    [Fact]
    public async Task A_grant_leaves_the_settings_as_they_were()
    {
        await using var transaction = await database.BeginAsync();
        var setting = await transaction.ReadAsync(database.LockTimeout);

        await transaction.AcquireAsync(_key);

        (await transaction.ReadAsync(database.LockTimeout)).ShouldBe(setting);
    }

    [Fact]
    public async Task The_data_of_a_transaction_that_rolls_back_go_with_the_lock()
    {
        var table = await CreateTableAsync();
        await using (var transaction = await database.BeginAsync())
        {
            await transaction.AcquireAsync(_key);
            await transaction.ReadAsync($"INSERT INTO {table} VALUES (1)");
        }

        Convert.ToInt64(await database.ReadAsync($"SELECT COUNT(*) FROM {table}"), null).ShouldBe(0);
        await using var next = await database.BeginAsync();
        (await next.TryAcquireAsync(_key)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Two_keys_in_opposite_order_are_a_typed_deadlock_and_the_other_transaction_goes_on()
    {
        var other = _key + "2";
        await using var one = await database.BeginAsync();
        await using var two = await database.BeginAsync();
        await one.AcquireAsync(_key);
        await two.AcquireAsync(other);

        Task<long>[] both = [one.AcquireAsync(other), two.AcquireAsync(_key)];

        // On MySQL the survivor may have its answer first, since the victim's transaction is undone at once.
        await Eventually.BecomesTrueAsync(() => both.Any(each => each.IsFaulted), "the database chose a victim");
        var victim = both[0].IsFaulted ? 0 : 1;

        await Should.ThrowAsync<SqlDeadlockException>(both[victim]);
        await (victim == 0 ? one : two).DisposeAsync();
        (await both[1 - victim].WaitAsync(Eventually.Bound, TimeProvider.System, Cancellation)).ShouldBePositive();
    }

    [Fact]
    public async Task Fifty_first_uses_at_once_are_one_after_the_other()
    {
        var table = await CreateTableAsync();
        await database.ReadAsync($"INSERT INTO {table} VALUES (0)");

        var tokens = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () =>
        {
            await using var transaction = await database.BeginAsync();
            var token = await transaction.AcquireAsync(_key);
            var value = Convert.ToInt64(await transaction.ReadAsync($"SELECT value FROM {table}"), null);
            await transaction.ReadAsync($"UPDATE {table} SET value = {value + 1}");
            await transaction.CommitAsync();
            return (Value: value, Token: token);
        })));

        Convert.ToInt64(await database.ReadAsync($"SELECT value FROM {table}"), null).ShouldBe(50);
        tokens.OrderBy(each => each.Value).Select(each => each.Token).ShouldBeInOrder();
    }

    [Fact]
    public async Task A_cancelled_wait_ends_at_once_and_the_transaction_can_go_on()
    {
        await using var holder = await database.BeginAsync();
        await using var waiter = await database.BeginAsync();
        await holder.AcquireAsync(_key);
        using var cancellation = new CancellationTokenSource();

        var waiting = waiter.Transaction.AcquireLockAsync(_key, OpenTransaction.ForLong, cancellation.Token);
        await waiter.IsWaitingAsync();
        await cancellation.CancelAsync();

        (await Should.ThrowAsync<OperationCanceledException>(waiting.WaitAsync(Eventually.Bound, TimeProvider.System, Cancellation)))
            .CancellationToken.ShouldBe(cancellation.Token);
        await holder.CommitAsync();
        (await waiter.TryAcquireAsync(_key)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_cancelled_call_sends_nothing()
    {
        await using var transaction = await database.BeginAsync();

        await Should.ThrowAsync<OperationCanceledException>(transaction.Transaction.AcquireLockAsync(_key, null, new CancellationToken(canceled: true)));

        (await transaction.TryAcquireAsync(_key)).ShouldNotBeNull();
    }

    [Fact]
    public async Task It_excludes_the_row_locks_of_a_provider_and_they_exclude_it()
    {
        await using var provider = database.CreateProvider(_ => { }, database.Source);
        (await provider.TryAcquireAsync(Request("first"), Cancellation)).IsGranted.ShouldBeTrue();
        await using var transaction = await database.BeginAsync();

        (await transaction.TryAcquireAsync(_key)).ShouldBeNull();
        (await provider.ReleaseAsync(new LeaseReference(_key, "first"), Cancellation)).ShouldBeTrue();
        var token = await transaction.AcquireAsync(_key);
        (await provider.TryAcquireAsync(Request("second"), Cancellation)).IsGranted.ShouldBeFalse();
        await transaction.CommitAsync();

        var granted = await provider.TryAcquireAsync(Request("third"), Cancellation);
        granted.IsGranted.ShouldBeTrue();
        granted.FencingToken.ShouldBeGreaterThan(token);
    }

    [Fact]
    public async Task It_respects_a_lease()
    {
        await using var provider = database.CreateProvider(options => options.Mode = SqlLockMode.Lease, database.Source);
        var lease = await provider.TryAcquireAsync(Request("first"), Cancellation);
        lease.IsGranted.ShouldBeTrue();

        await using (var transaction = await database.BeginAsync())
        {
            (await transaction.TryAcquireAsync(_key)).ShouldBeNull();
        }

        (await provider.ReleaseAsync(new LeaseReference(_key, "first"), Cancellation)).ShouldBeTrue();
        await using var next = await database.BeginAsync();
        (await next.TryAcquireAsync(_key)).ShouldNotBeNull().ShouldBeGreaterThan(lease.FencingToken);
    }

    [Fact]
    public async Task Keys_are_compared_as_bytes()
    {
        await using var one = await database.BeginAsync();
        await using var two = await database.BeginAsync();
        await one.AcquireAsync(_key);

        foreach (var other in (string[])[_key.ToUpperInvariant(), _key + " ", _key + "\u0301", _key + new string('x', 300), _key + new string('x', 301)])
        {
            (await two.TryAcquireAsync(other)).ShouldNotBeNull(other);
        }
    }

    [Fact]
    public async Task Locks_with_different_prefixes_do_not_meet()
    {
        await using var one = await database.BeginAsync();
        await using var two = await database.BeginAsync();
        await one.AcquireAsync(_key);

        (await two.TryAcquireAsync(_key, new SqlTransactionLockOptions { KeyPrefix = "other:" })).ShouldNotBeNull();
        (await two.TryAcquireAsync("lock:" + _key, new SqlTransactionLockOptions { KeyPrefix = "" })).ShouldNotBeNull("it only reads like the first one");
    }

    [Fact]
    public async Task Arguments_are_checked()
    {
        await using var transaction = await database.BeginAsync();

        await Should.ThrowAsync<ArgumentNullException>(((System.Data.Common.DbTransaction)null!).AcquireLockAsync(_key, cancellationToken: Cancellation));
        await Should.ThrowAsync<ArgumentException>(transaction.AcquireAsync(""));
        await Should.ThrowAsync<ArgumentException>(transaction.AcquireAsync("a\uD800b"));
        await Should.ThrowAsync<ArgumentException>(transaction.AcquireAsync(_key, new SqlTransactionLockOptions { WaitTimeout = TimeSpan.FromSeconds(-1) }));
        await Should.ThrowAsync<ArgumentException>(transaction.AcquireAsync(_key, new SqlTransactionLockOptions { Table = new string('t', 65) }));
        await Should.ThrowAsync<ArgumentException>(transaction.AcquireAsync(_key, new SqlTransactionLockOptions { Schema = "" }));
        await Should.ThrowAsync<ArgumentException>(transaction.AcquireAsync(_key, new SqlTransactionLockOptions { CommandTimeout = TimeSpan.Zero }));
        await Should.ThrowAsync<ArgumentException>(transaction.AcquireAsync(_key, new SqlTransactionLockOptions { KeyPrefix = null! }));
        (await transaction.TryAcquireAsync(_key)).ShouldNotBeNull("nothing was sent, and nothing spoiled the transaction");
    }

    [Fact]
    public async Task A_transaction_that_has_ended_gets_no_lock()
    {
        await using var transaction = await database.BeginAsync();
        await transaction.CommitAsync();

        await Should.ThrowAsync<ArgumentException>(transaction.AcquireAsync(_key));
        await Should.ThrowAsync<ArgumentException>(transaction.EnsureCurrentAsync(_key, 1));
    }

    private AcquireRequest Request(string owner) => new() { Key = _key, OwnerId = owner, TimeToLive = TimeSpan.FromMinutes(1) };

    private protected async Task<string> CreateTableAsync()
    {
        var table = TestDatabase.NewName("data");
        await database.ReadAsync($"CREATE TABLE {table} (value bigint)");
        return table;
    }
}
