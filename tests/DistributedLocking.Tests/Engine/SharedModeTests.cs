using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>Reader-writer locks and semaphores in the engine, over a store that queues.</summary>
public sealed class SharedModeTests : EngineTest
{
    private static readonly AcquireOptions Fixed = new() { TimeToLive = TimeSpan.FromHours(1), AutoRenew = false };
    private static readonly AcquireOptions Patient = Fixed with { WaitTimeout = Timeout.InfiniteTimeSpan };

    private readonly InMemoryLockProvider _elsewhere;

    public SharedModeTests()
    {
        Provider.Capabilities |= LockProviderCapabilities.Queue | LockProviderCapabilities.Notification | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted;
        _elsewhere = new InMemoryLockProvider(Provider.Store, new DistributedLockOptions());
        Provider.OnLeave = _elsewhere.LeaveAsync;
    }

    private IDistributedSemaphore Semaphore => Locks;

    [Fact]
    public async Task Each_reader_asks_the_store_and_has_a_lease_of_its_own()
    {
        var first = await Locks.AcquireReadLockAsync(Key, Fixed, Cancel);
        var second = await Locks.AcquireReadLockAsync(Key, Fixed, Cancel);

        string.Equals(first.OwnerId, second.OwnerId, StringComparison.Ordinal).ShouldBeFalse();
        Provider.Acquires.ShouldAllBe(request => request.Mode == LockMode.Shared && request.Limit == int.MaxValue);
        second.FencingToken.ShouldBeGreaterThan(first.FencingToken);
        (await first.ReleaseAsync(Cancel)).ShouldBeTrue();
        second.IsHeld.ShouldBeTrue();
        (await Locks.TryAcquireWriteLockAsync(Key, Fixed, Cancel)).ShouldBeNull();
        (await second.ReleaseAsync(Cancel)).ShouldBeTrue();
        Provider.Releases.ShouldAllBe(lease => lease.Mode == LockMode.Shared);
        (await Locks.TryAcquireWriteLockAsync(Key, Fixed, Cancel)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_writer_here_keeps_others_here_from_asking()
    {
        var writer = await Locks.AcquireWriteLockAsync(Key, Fixed, Cancel);
        var reader = Locks.AcquireReadLockAsync(Key, Patient, Cancel).AsTask();
        (await Locks.TryAcquireReadLockAsync(Key, Fixed, Cancel)).ShouldBeNull();
        (await Locks.TryAcquireWriteLockAsync(Key, Fixed, Cancel)).ShouldBeNull();
        Provider.Acquires.ShouldHaveSingleItem();

        await writer.ReleaseAsync(Cancel);
        (await reader).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task Readers_that_waited_here_are_served_together()
    {
        var writer = await Locks.AcquireWriteLockAsync(Key, Fixed, Cancel);
        var readers = Enumerable.Range(0, 20).Select(_ => Locks.AcquireReadLockAsync(Key, Patient, Cancel).AsTask()).ToList();
        var next = Locks.AcquireWriteLockAsync(Key, Patient, Cancel).AsTask();

        await writer.ReleaseAsync(Cancel);
        var held = await Task.WhenAll(readers).WaitAsync(Seconds(30), TimeProvider.System, Cancel);
        held.ShouldAllBe(handle => handle.IsHeld);
        next.IsCompleted.ShouldBeFalse();

        foreach (var handle in held)
        {
            await handle.ReleaseAsync(Cancel);
        }

        (await next.WaitAsync(Seconds(30), TimeProvider.System, Cancel)).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_try_beside_a_writer_that_waits_is_refused()
    {
        await HoldElsewhereAsync(int.MaxValue, LockMode.Shared);
        var writer = Locks.AcquireWriteLockAsync(Key, Patient, Cancel).AsTask();

        (await Locks.TryAcquireReadLockAsync(Key, Fixed, Cancel)).ShouldBeNull();
        writer.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_try_is_not_told_what_one_with_another_limit_was()
    {
        var reader = await HoldElsewhereAsync(int.MaxValue, LockMode.Shared);
        var mayAnswer = new TaskCompletionSource();
        Provider.OnAcquire = async (request, _) =>
        {
            var reply = await Provider.StoreAcquireAsync(request);
            if (request.Limit == 1)
            {
                await mayAnswer.Task;
            }

            return reply;
        };
        var writer = Locks.TryAcquireWriteLockAsync(Key, Fixed, Cancel).AsTask();

        (await Locks.TryAcquireReadLockAsync(Key, Fixed, Cancel)).ShouldNotBeNull("only readers hold the key");
        mayAnswer.SetResult();
        (await writer).ShouldBeNull();
        (await _elsewhere.ReleaseAsync(reader, Cancel)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_semaphore_grants_so_many_and_wakes_who_waits()
    {
        var holders = new List<IDistributedLockHandle>();
        for (var i = 0; i < 3; i++)
        {
            holders.Add(await Semaphore.AcquireAsync(Key, 3, Fixed, Cancel));
        }

        (await Semaphore.TryAcquireAsync(Key, 3, Fixed, Cancel)).ShouldBeNull();
        var waiting = Enumerable.Range(0, 2).Select(_ => Semaphore.AcquireAsync(Key, 3, Patient, Cancel).AsTask()).ToList();
        await holders[0].ReleaseAsync(Cancel);
        await holders[1].ReleaseAsync(Cancel);

        (await Task.WhenAll(waiting).WaitAsync(Seconds(30), TimeProvider.System, Cancel)).ShouldAllBe(handle => handle.IsHeld);
        (await Semaphore.TryAcquireAsync(Key, 3, Fixed, Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task A_cancelled_waiter_leaves_no_permit_behind()
    {
        var other = await HoldElsewhereAsync(1, LockMode.Counted);
        using var cancellation = new CancellationTokenSource();
        var waiting = Semaphore.AcquireAsync(Key, 2, Patient, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waiting);
        await Eventually(() => Provider.Leaves.Any(waiter => waiter.Mode == LockMode.Counted));

        await _elsewhere.ReleaseAsync(other, Cancel);
        await Eventually(() => Provider.Store.Count == 0);
        (await Semaphore.TryAcquireAsync(Key, 1, Fixed, Cancel)).ShouldNotBeNull();
    }

    [Fact]
    public async Task An_unknown_outcome_is_cleaned_up_in_its_own_mode()
    {
        Provider.OnAcquire = async (request, _) =>
        {
            await Provider.StoreAcquireAsync(request);
            throw new IOException("The answer was lost.");
        };
        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await Locks.TryAcquireReadLockAsync(Key, Fixed, Cancel));
        Provider.OnAcquire = null;

        await Eventually(() => Provider.Releases.Any(lease => lease.Mode == LockMode.Shared) && Provider.Store.Count == 0);
        (await Locks.TryAcquireWriteLockAsync(Key, Fixed, Cancel)).ShouldNotBeNull();
    }

    [Fact]
    public async Task The_three_of_one_key_are_held_side_by_side()
    {
        (await Locks.TryAcquireAsync(Key, Fixed, Cancel)).ShouldNotBeNull();
        (await Locks.TryAcquireWriteLockAsync(Key, Fixed, Cancel)).ShouldNotBeNull();
        (await Semaphore.TryAcquireAsync(Key, 1, Fixed, Cancel)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Release_by_key_frees_the_exclusive_lock_alone()
    {
        var reader = await Locks.AcquireReadLockAsync(Key, Fixed, Cancel);
        var permit = await Semaphore.AcquireAsync(Key, 2, Fixed, Cancel);

        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeFalse();
        reader.IsHeld.ShouldBeTrue();
        permit.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task Nothing_is_left_of_a_key_that_nobody_holds()
    {
        await (await Locks.AcquireReadLockAsync(Key, Fixed, Cancel)).ReleaseAsync(Cancel);
        await (await Semaphore.AcquireAsync(Key, 2, Fixed, Cancel)).ReleaseAsync(Cancel);
        var writer = (await Locks.TryAcquireWriteLockAsync(Key, Fixed, Cancel)).ShouldNotBeNull();
        (await Locks.TryAcquireReadLockAsync(Key, Fixed, Cancel)).ShouldBeNull();
        await writer.ReleaseAsync(Cancel);
        await HoldElsewhereAsync(1, LockMode.Shared);
        (await Locks.TryAcquireReadLockAsync(Key, Fixed, Cancel)).ShouldBeNull();

        Locks.KeysInUse.ShouldBe(0);
    }

    [Fact]
    public async Task A_reader_whose_lease_ends_is_told_and_others_are_not()
    {
        var brief = await Locks.AcquireReadLockAsync(Key, Fixed with { TimeToLive = Seconds(5) }, Cancel);
        var patient = await Locks.AcquireReadLockAsync(Key, Fixed, Cancel);
        var lost = brief.LostToken;

        Time.Advance(Seconds(6));

        await Eventually(() => lost.IsCancellationRequested);
        patient.IsHeld.ShouldBeTrue();
        patient.LostToken.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Each_reader_is_renewed_by_itself()
    {
        await using var first = await Locks.AcquireReadLockAsync(Key, new AcquireOptions { TimeToLive = Seconds(9) }, Cancel);
        await using var second = await Locks.AcquireReadLockAsync(Key, new AcquireOptions { TimeToLive = Seconds(9) }, Cancel);

        await Eventually(() => Task.FromResult(Provider.Renewals.SelectMany(batch => batch).Select(request => request.Lease.OwnerId).Distinct(StringComparer.Ordinal).Count() == 2), Seconds(1));
        Provider.Renewals.SelectMany(batch => batch).ShouldAllBe(request => request.Lease.Mode == LockMode.Shared);
        first.IsHeld.ShouldBeTrue();
        second.IsHeld.ShouldBeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_count_below_one_is_refused(int maxCount) =>
        (await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await Semaphore.AcquireAsync(Key, maxCount, Fixed, Cancel))).ParamName.ShouldBe("maxCount");

    [Fact]
    public async Task A_provider_without_the_mode_is_named_with_who_has_it()
    {
        Provider.Capabilities &= ~(LockProviderCapabilities.Shared | LockProviderCapabilities.Counted);

        var shared = await Should.ThrowAsync<NotSupportedException>(async () => await Locks.AcquireReadLockAsync(Key, Fixed, Cancel));
        shared.Message.ShouldBe("The lock's provider 'scripted' has no reader-writer locks (LockMode.Shared) as it is configured. These have: in memory, files, Redis, PostgreSQL, MySQL and MariaDB, etcd.");
        var counted = await Should.ThrowAsync<NotSupportedException>(async () => await Semaphore.TryAcquireAsync(Key, 2, Fixed, Cancel));
        counted.Message.ShouldContain("no semaphores (LockMode.Counted)");
        Provider.Acquires.ShouldBeEmpty();
    }

    private async Task<LeaseReference> HoldElsewhereAsync(int limit, LockMode mode)
    {
        var request = new AcquireRequest { Key = Key, OwnerId = "somebody-else", TimeToLive = TimeSpan.FromDays(1), Mode = mode, Limit = limit };
        (await _elsewhere.TryAcquireAsync(request, Cancel)).IsGranted.ShouldBeTrue();
        return new LeaseReference(Key, request.OwnerId) { Mode = mode };
    }
}
