using DistributedLocking.InMemory;

namespace DistributedLocking.Tests.Extensions;

/// <summary>
/// The short calls of reader-writer locks and semaphores, on a store in which somebody holds everything.
/// </summary>
public sealed class ModeCallTests : IAsyncDisposable
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(20);

    private readonly DistributedLock _locks;

    public ModeCallTests() =>
        _locks = new DistributedLock(
            new InMemoryLockProvider(new InMemoryLockStore(), new DistributedLockOptions()), new DistributedLockOptions { Retry = RetryPolicy.None });

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IDistributedSemaphore Semaphore => _locks;

    public ValueTask DisposeAsync() => _locks.DisposeAsync();

    [Fact]
    public async Task They_acquire_what_is_free()
    {
        (await _locks.AcquireReadLockAsync("a", Cancel)).IsHeld.ShouldBeTrue();
        (await _locks.AcquireReadLockAsync("a", Wait, Cancel)).IsHeld.ShouldBeTrue();
        (await _locks.TryAcquireReadLockAsync("a", Cancel)).ShouldNotBeNull();
        (await _locks.TryAcquireReadLockAsync("a", Wait, Cancel)).ShouldNotBeNull();
        (await _locks.AcquireWriteLockAsync("b", Cancel)).IsHeld.ShouldBeTrue();
        (await _locks.AcquireWriteLockAsync("c", Wait, Cancel)).IsHeld.ShouldBeTrue();
        (await _locks.TryAcquireWriteLockAsync("d", Cancel)).ShouldNotBeNull();
        (await _locks.TryAcquireWriteLockAsync("e", Wait, Cancel)).ShouldNotBeNull();
        (await Semaphore.AcquireAsync("s", 4, Cancel)).IsHeld.ShouldBeTrue();
        (await Semaphore.AcquireAsync("s", 4, Wait, Cancel)).IsHeld.ShouldBeTrue();
        (await Semaphore.TryAcquireAsync("s", 4, Cancel)).ShouldNotBeNull();
        (await Semaphore.TryAcquireAsync("s", 4, Wait, Cancel)).ShouldNotBeNull();
    }

    [Fact]
    public async Task They_wait_as_long_as_they_say()
    {
        await _locks.AcquireWriteLockAsync("a", Cancel);
        await Semaphore.AcquireAsync("s", 1, Cancel);

        await TimesOutAsync(() => _locks.AcquireReadLockAsync("a", Cancel), TimeSpan.Zero);
        await TimesOutAsync(() => _locks.AcquireReadLockAsync("a", Wait, Cancel), Wait);
        await TimesOutAsync(() => _locks.AcquireWriteLockAsync("a", Cancel), TimeSpan.Zero);
        await TimesOutAsync(() => _locks.AcquireWriteLockAsync("a", Wait, Cancel), Wait);
        await TimesOutAsync(() => Semaphore.AcquireAsync("s", 1, Cancel), TimeSpan.Zero);
        await TimesOutAsync(() => Semaphore.AcquireAsync("s", 1, Wait, Cancel), Wait);
        (await _locks.TryAcquireReadLockAsync("a", Cancel)).ShouldBeNull();
        (await _locks.TryAcquireReadLockAsync("a", Wait, Cancel)).ShouldBeNull();
        (await _locks.TryAcquireWriteLockAsync("a", Cancel)).ShouldBeNull();
        (await _locks.TryAcquireWriteLockAsync("a", Wait, Cancel)).ShouldBeNull();
        (await Semaphore.TryAcquireAsync("s", 1, Cancel)).ShouldBeNull();
        (await Semaphore.TryAcquireAsync("s", 1, Wait, Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task Null_is_refused()
    {
        IDistributedReaderWriterLock locks = null!;
        IDistributedSemaphore semaphores = null!;

        (await Should.ThrowAsync<ArgumentNullException>(async () => await locks.AcquireReadLockAsync("k", Wait, Cancel))).ParamName.ShouldBe("locks");
        (await Should.ThrowAsync<ArgumentNullException>(async () => await locks.TryAcquireWriteLockAsync("k", Cancel))).ParamName.ShouldBe("locks");
        (await Should.ThrowAsync<ArgumentNullException>(async () => await semaphores.AcquireAsync("k", 2, Wait, Cancel))).ParamName.ShouldBe("semaphores");
    }

    [Fact]
    public async Task A_formatted_key_does_not_depend_on_the_hosts_culture()
    {
        using var culture = Cultures.Use("de-DE");

        LockKey.Format($"tenant:{1.5}:report").ShouldBe("tenant:1.5:report");
        var handle = await _locks.AcquireReadLockAsync(LockKey.Format($"tenant:{1.5}:report"), cancellationToken: Cancel);
        handle.Key.ShouldBe("tenant:1.5:report");
        Should.Throw<ArgumentException>(() => LockKey.Format($"tenant:{(string?)null}"));
    }

    private static async Task TimesOutAsync(Func<ValueTask<IDistributedLockHandle>> acquire, TimeSpan atLeast)
    {
        // Timers of the system may be early by some milliseconds.
        var slack = TimeSpan.FromMilliseconds(15);
        (await Should.ThrowAsync<DistributedLockTimeoutException>(async () => await acquire())).Waited.ShouldBeGreaterThanOrEqualTo(atLeast > slack ? atLeast - slack : TimeSpan.Zero);
    }
}
