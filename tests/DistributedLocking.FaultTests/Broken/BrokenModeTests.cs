using DistributedLocking.FaultTests.Histories;
using DistributedLocking.Providers;
using DistributedLocking.Testing;

namespace DistributedLocking.FaultTests.Broken;

/// <summary>
/// The checks catch reader-writer locks and semaphores that are broken on purpose, on a real server, and find nothing
/// wrong with the sound ones.
/// </summary>
public sealed class BrokenModeTests : BrokenTests
{
    private static readonly AcquireOptions Long = new() { TimeToLive = TimeSpan.FromMinutes(5) };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_more_than_the_limit(bool isBroken)
    {
        IDistributedSemaphore semaphore = NewLock(provider => isBroken ? new OtherLimit(provider, limit => limit + 1) : provider);
        await HoldTogetherAsync(3, _ => (2, () => semaphore.TryAcquireAsync("key", 2, Long, Cancel)));
        Check(isBroken, "beside 2 others, where 2 may hold it");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_writer_that_is_taken_for_a_reader(bool isBroken)
    {
        var locks = NewLock(provider => isBroken ? new OtherLimit(provider, _ => int.MaxValue) : provider);
        var other = NewLock(provider => isBroken ? new OtherLimit(provider, _ => int.MaxValue) : provider);
        await HoldTogetherAsync(2, i => i == 0
            ? (int.MaxValue, () => locks.TryAcquireReadLockAsync("key", Long, Cancel))
            : (1, () => other.TryAcquireWriteLockAsync("key", Long, Cancel)));
        Check(isBroken, "and w1");
    }

    /// <summary>A reader that died lives as long as another one is renewed.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Readers_that_share_one_expiry(bool isBroken)
    {
        var (provider, _) = Store.Address.CreateProvider();
        Store.Own(provider);
        var dead = new AcquireRequest
        {
            Key = "key",
            OwnerId = "dead",
            TimeToLive = TimeSpan.FromSeconds(5),
            Mode = LockMode.Shared,
            Limit = int.MaxValue,
        };
        (await provider.TryAcquireAsync(dead, Cancel)).IsGranted.ShouldBeTrue();
        var lease = new LeaseReference(dead.Key, dead.OwnerId) { Mode = dead.Mode };
        var locks = NewLock(inner => isBroken ? new SharedExpiry(inner, lease) : inner);
        await using (var alive = await locks.AcquireReadLockAsync("key", Long, Cancel))
        {
            await alive.ExtendAsync(cancellationToken: Cancel);
        }

        // The sound one's lapses; what the other one's shared expiry keeps is an orphan.
        await using var writer = await NewLock(inner => inner).TryAcquireWriteLockAsync("key", Long with { WaitTimeout = TimeSpan.FromSeconds(isBroken ? 8 : 60) }, Cancel);
        (writer is null).ShouldBe(isBroken);
    }

    private async Task HoldTogetherAsync(int count, Func<int, (int Limit, Func<ValueTask<IDistributedLockHandle?>> Acquire)> attempt)
    {
        List<HistoryWriter> histories = [];
        List<RecordedHold> holds = [];
        for (var i = 0; i < count; i++)
        {
            histories.Add(new HistoryWriter(Histories, $"w{i}"));
            var (limit, acquire) = attempt(i);
            if (await RecordedHold.AcquireAsync(acquire, histories[i], 1, "key", limit) is { } hold)
            {
                holds.Add(hold);
            }
        }

        holds.ForEach(hold => hold.Look().ShouldBeTrue());
        foreach (var hold in holds)
        {
            await hold.ReleaseAsync();
            await hold.DisposeAsync();
        }

        histories.ForEach(history => history.Dispose());
    }

    private void Check(bool isBroken, string expected)
    {
        var faults = HistoryChecker.Check(HistoryWriter.Read(Histories), Long.TimeToLive!.Value);
        if (isBroken)
        {
            faults.ShouldHaveSingleItem().ShouldContain(expected);
        }
        else
        {
            faults.ShouldBeEmpty();
        }
    }

    private sealed class OtherLimit(ILockProvider inner, Func<int, int> limit) : DelegatingLockProvider(inner)
    {
        public override ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
            base.TryAcquireAsync(request with { Limit = limit(request.Limit) }, cancellationToken);
    }

    private sealed class SharedExpiry(ILockProvider inner, LeaseReference other) : DelegatingLockProvider(inner)
    {
        public override async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
        {
            await base.RenewAsync([new RenewalRequest(other, batch[0].TimeToLive)], cancellationToken);
            return await base.RenewAsync(batch, cancellationToken);
        }
    }
}
