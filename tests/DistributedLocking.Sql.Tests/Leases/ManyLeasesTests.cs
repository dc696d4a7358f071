using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Leases;

public sealed class MySqlManyLeasesTests(MySqlFixture fixture) : ManyLeasesTests(fixture);

public sealed class PostgreSqlManyLeasesTests(PostgreSqlFixture fixture) : ManyLeasesTests(fixture);

/// <summary>One process holds many leases.</summary>
public abstract class ManyLeasesTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private const int Keys = 1000;
    private const int Callers = 8;

    [Fact]
    public async Task A_thousand_are_renewed_with_few_statements_and_few_connections()
    {
        var recorder = new RecordingDataSource(Database.Source);
        var locks = Database.NewLock(SqlLockMode.Lease, options => options.RenewalInterval = TimeSpan.FromSeconds(1), recorder);
        var handles = new IDistributedLockHandle[Keys];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Keys),
            new ParallelOptions { MaxDegreeOfParallelism = Callers, CancellationToken = Cancellation },
            async (i, token) => handles[i] = await locks.AcquireAsync($"key {i}", cancellationToken: token));
        await RenewedAsync();
        recorder.Commands.Clear();

        await RenewedAsync();
        await RenewedAsync();

        // Each of them was renewed twice at least.
        var renewals = recorder.Commands.Count(text => text.Contains("SET expires_at", StringComparison.Ordinal));
        renewals.ShouldBeInRange(2, 2 * Keys / 5);

        // The callers' and those of the renewals that were under way at the same time, of which a slow machine has
        // more.
        (await Database.SessionsAsync()).Count.ShouldBeLessThanOrEqualTo(Keys / 20);
        handles.ShouldAllBe(handle => handle.IsHeld && !handle.LostToken.IsCancellationRequested);
        (await Task.WhenAll(handles.Select(handle => handle.ReleaseAsync(Cancellation).AsTask()))).ShouldAllBe(released => released);
    }

    /// <summary>Waits until all leases last longer than the longest does now.</summary>
    private async Task RenewedAsync()
    {
        var longest = await Database.NumberAsync($"SELECT max(expires_at) FROM {Database.Table}");
        await Eventually.BecomesTrueAsync(
            async () => await Database.NumberAsync($"SELECT min(expires_at) FROM {Database.Table}") > longest, "all leases are renewed");
    }
}
