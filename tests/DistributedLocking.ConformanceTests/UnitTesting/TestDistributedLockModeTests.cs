using DistributedLocking.Providers;
using DistributedLocking.Testing;

namespace DistributedLocking.ConformanceTests.UnitTesting;

public sealed class TestDistributedLockModeTests : IAsyncDisposable
{
    private readonly TestDistributedLock _locks = new(new ManualTimeProvider());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IDistributedSemaphore Semaphore => _locks;

    public ValueTask DisposeAsync() => _locks.DisposeAsync();

    [Fact]
    public async Task Records_in_which_mode_something_was_acquired()
    {
        await using (await _locks.AcquireReadLockAsync("report", cancellationToken: Token))
        {
            (await _locks.TryAcquireWriteLockAsync("report", cancellationToken: Token)).ShouldBeNull();
        }

        await using (await _locks.AcquireWriteLockAsync("report", cancellationToken: Token))
        {
            (await _locks.TryAcquireReadLockAsync("report", cancellationToken: Token)).ShouldBeNull();
        }

        var permit = await Semaphore.AcquireAsync("report", 3, cancellationToken: Token);
        (await Semaphore.TryAcquireAsync("report", 2, cancellationToken: Token)).ShouldNotBeNull();
        await permit.ReleaseAsync(Token);

        _locks.Acquisitions.Select(acquisition => (acquisition.Mode, acquisition.Limit, acquisition.IsReleased)).ShouldBe(
        [
            (LockMode.Shared, int.MaxValue, true), (LockMode.Shared, 1, true), (LockMode.Counted, 3, true), (LockMode.Counted, 2, false),
        ]);
    }

    [Fact]
    public async Task A_reader_elsewhere_keeps_out_writers_alone()
    {
        using (_locks.HoldReadLockElsewhere("report"))
        {
            (await _locks.TryAcquireWriteLockAsync("report", cancellationToken: Token)).ShouldBeNull();
            await using var reader = await _locks.TryAcquireReadLockAsync("report", cancellationToken: Token);
            reader.ShouldNotBeNull();
        }

        (await _locks.TryAcquireWriteLockAsync("report", cancellationToken: Token)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_writer_elsewhere_keeps_out_everybody()
    {
        using (_locks.HoldWriteLockElsewhere("report"))
        {
            (await _locks.TryAcquireReadLockAsync("report", cancellationToken: Token)).ShouldBeNull();
            Should.Throw<InvalidOperationException>(() => _locks.HoldReadLockElsewhere("report"));
        }

        (await _locks.TryAcquireReadLockAsync("report", cancellationToken: Token)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Permits_elsewhere_count()
    {
        using (_locks.HoldPermitElsewhere("report", 2))
        {
            var first = await Semaphore.TryAcquireAsync("report", 2, cancellationToken: Token);
            first.ShouldNotBeNull();
            (await Semaphore.TryAcquireAsync("report", 2, cancellationToken: Token)).ShouldBeNull();
        }

        (await Semaphore.TryAcquireAsync("report", 2, cancellationToken: Token)).ShouldNotBeNull();
    }

    [Fact]
    public async Task What_is_held_of_a_key_is_lost_in_every_mode()
    {
        var reader = await _locks.AcquireReadLockAsync("report", cancellationToken: Token);
        var permit = await Semaphore.AcquireAsync("report", 1, cancellationToken: Token);
        (await _locks.LoseAsync("report")).ShouldBeTrue();

        reader.LostToken.IsCancellationRequested.ShouldBeTrue();
        permit.LostToken.IsCancellationRequested.ShouldBeTrue();
        (await _locks.TryAcquireWriteLockAsync("report", cancellationToken: Token)).ShouldNotBeNull();
    }
}
