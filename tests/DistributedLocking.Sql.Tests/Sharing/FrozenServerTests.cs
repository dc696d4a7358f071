using DistributedLocking.Sql.Tests.Servers;
using DistributedLocking.TestKit;

namespace DistributedLocking.Sql.Tests.Sharing;

public sealed class MySqlFrozenServerTests() : FrozenServerTests(new MySqlKind());

public sealed class PostgreSqlFrozenServerTests() : FrozenServerTests(new PostgreSqlKind());

/// <summary>The server keeps its connections and answers nobody for a while.</summary>
public abstract class FrozenServerTests(DatabaseKind kind) : OwnServerTests(kind)
{
    private static readonly AcquireOptions LongWait = new() { WaitTimeout = TimeSpan.FromSeconds(60) };

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task An_attempt_without_an_answer_is_unavailable_and_leaves_no_share(SqlLockMode mode)
    {
        var locks = Database.NewLock(mode, options => options.CommandTimeout = TimeSpan.FromSeconds(2), Database.NewSource());
        IDistributedSemaphore semaphore = locks;
        var permit = await semaphore.AcquireAsync("key", 2, LongWait, Cancellation);
        var reader = await locks.AcquireReadLockAsync("key", LongWait, Cancellation);

        Server.Freeze();
        try
        {
            await Should.ThrowAsync<DistributedLockUnavailableException>(() => semaphore.TryAcquireAsync("key", 2, cancellationToken: Cancellation).AsTask());
            await Should.ThrowAsync<DistributedLockUnavailableException>(() => locks.TryAcquireReadLockAsync("key", cancellationToken: Cancellation).AsTask());
        }
        finally
        {
            Server.Thaw();
        }

        permit.IsHeld.ShouldBeTrue();
        reader.IsHeld.ShouldBeTrue();
        await Eventually.BecomesTrueAsync(() => ReleasesAsync(permit), "the permit was released");
        await Eventually.BecomesTrueAsync(() => ReleasesAsync(reader), "the reader was released");
        (await semaphore.AcquireAsync("key", 1, LongWait, Cancellation).AsTask().Within()).IsHeld.ShouldBeTrue();
        (await locks.AcquireWriteLockAsync("key", LongWait, Cancellation).AsTask().Within()).IsHeld.ShouldBeTrue();
    }

    private static async Task<bool> ReleasesAsync(IDistributedLockHandle handle)
    {
        try
        {
            await handle.ReleaseAsync(Cancellation);
            return true;
        }
        catch (DistributedLockUnavailableException)
        {
            // A connection of the pool that was given up.
            return false;
        }
    }
}
