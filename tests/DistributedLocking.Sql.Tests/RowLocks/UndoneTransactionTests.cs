using DistributedLocking.Providers;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.Servers;

namespace DistributedLocking.Sql.Tests.RowLocks;

public sealed class MySqlUndoneTransactionTests(MySqlFixture fixture) : UndoneTransactionTests(fixture);

public sealed class PlainMySqlUndoneTransactionTests(PlainMySqlFixture fixture) : UndoneTransactionTests(fixture);

/// <summary>
/// The server undoes a holder's transaction while its session goes on, as a Galera node does for what another node has
/// written.
/// </summary>
public abstract class UndoneTransactionTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static readonly LeaseReference Held = new("key", "a");

    private RecordingDataSource _recorder = null!;
    private SqlLockProvider _provider = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _recorder = new RecordingDataSource(Database.Source);
        _provider = Database.NewProvider(SqlLockMode.RowLock, options => options.UnusedKeyRetention = TimeSpan.FromDays(7), _recorder);
        var request = new AcquireRequest { Key = Held.Key, OwnerId = Held.OwnerId, TimeToLive = Lease };
        (await _provider.TryAcquireAsync(request, Cancellation)).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_deadlock_on_a_renewal_is_a_loss()
    {
        _recorder.Fault = text => IsRenewal(text) ? ServerError.Deadlock() : null;

        (await RenewAsync()).ShouldBe(RenewalOutcome.Lost);
    }

    [Fact]
    public async Task A_renewal_without_its_transaction_is_a_loss()
    {
        Undo(IsRenewal);

        (await RenewAsync()).ShouldBe(RenewalOutcome.Lost);
        (await ReleaseAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task A_release_without_its_transaction_says_false()
    {
        Undo(IsRelease);

        (await ReleaseAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task A_release_without_its_transaction_stores_no_mark()
    {
        (await ReleaseAsync()).ShouldBeTrue();
        await Database.SqlAsync($"UPDATE {Database.Table} SET used_at = used_at - 36000000000");
        var usedAt = await Database.NumberAsync(UsedAt);
        var request = new AcquireRequest { Key = Held.Key, OwnerId = Held.OwnerId, TimeToLive = Lease };
        (await _provider.TryAcquireAsync(request, Cancellation)).IsGranted.ShouldBeTrue();
        Undo(IsRelease);

        (await ReleaseAsync()).ShouldBeFalse();

        (await Database.NumberAsync(UsedAt)).ShouldBe(usedAt);
    }

    private string UsedAt => $"SELECT used_at FROM {Database.Table} WHERE lock_key = '5:lock:key'";

    private static bool IsRenewal(string text) => text.StartsWith("SET SESSION", StringComparison.Ordinal) && !text.Contains("SELECT", StringComparison.Ordinal) && !IsRelease(text);

    /// <summary>On MariaDB, to switch autocommit on commits.</summary>
    private static bool IsRelease(string text) => text.Contains("COMMIT", StringComparison.Ordinal) || text.Contains("@@in_transaction, 1", StringComparison.Ordinal);

    private void Undo(Func<string, bool> before) => _recorder.Text = text => before(text) ? "ROLLBACK;" + text : text;

    private async Task<RenewalOutcome> RenewAsync() => (await _provider.RenewAsync([new(Held, Lease)], Cancellation))[0].Outcome;

    private Task<bool> ReleaseAsync() => _provider.ReleaseAsync(Held, Cancellation).AsTask();
}
