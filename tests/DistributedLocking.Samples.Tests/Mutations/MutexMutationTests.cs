using ConcurrentMutation.Mutations;
using ConcurrentMutation.Stores;

namespace DistributedLocking.Samples.Tests.Mutations;

public sealed class MutexMutationTests : IDisposable
{
    private readonly FakeLock locks = new();
    private readonly FakeStore store = new();

    public void Dispose() => locks.Dispose();

    [Fact]
    public async Task Writes_and_releases_while_the_lock_is_held()
    {
        (await RunAsync()).ShouldBe(MutationOutcome.Consistent);

        store.Writes.ShouldBe(1);
        locks.Releases.ShouldBe(1);
    }

    [Fact]
    public async Task Writes_nothing_when_the_lease_has_ended_unnoticed()
    {
        // As after a pause of the process: the deadline has passed, and the token's callbacks have not run yet.
        store.OnRead = () => locks.IsHeld = false;

        await Should.ThrowAsync<DistributedLockLostException>(RunAsync);

        store.Writes.ShouldBe(0);
    }

    [Fact]
    public async Task A_loss_during_the_work_ends_it()
    {
        store.OnRead = locks.Lost.Cancel;

        await Should.ThrowAsync<DistributedLockLostException>(RunAsync);

        store.Writes.ShouldBe(0);
    }

    [Fact]
    public async Task A_loss_before_the_release_is_an_error()
    {
        locks.IsOursAtRelease = false;

        await Should.ThrowAsync<DistributedLockLostException>(RunAsync);
    }

    private Task<MutationOutcome> RunAsync() =>
        new MutexMutation(locks, "key", new AcquireOptions(), store, "worker").RunAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);

    private sealed class FakeLock : IDistributedLock, IDistributedLockHandle
    {
        public CancellationTokenSource Lost { get; } = new();

        public bool IsOursAtRelease { get; set; } = true;

        public int Releases { get; private set; }

        public bool IsHeld { get; set; } = true;

        public string Key => "key";

        public string OwnerId => "owner";

        public long FencingToken => 1;

        public TimeSpan RemainingTime => TimeSpan.FromMinutes(1);

        public CancellationToken LostToken => Lost.Token;

        public ValueTask<IDistributedLockHandle> AcquireAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) => new(this);

        public ValueTask<IDistributedLockHandle?> TryAcquireAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public ValueTask<bool> ReleaseAsync(string key, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask ExtendAsync(TimeSpan? timeToLive = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<bool> ReleaseAsync(CancellationToken cancellationToken = default)
        {
            Releases++;
            return new(IsOursAtRelease);
        }

        public void Dispose() => Lost.Dispose();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class FakeStore : IEmployeeStore
    {
        public Action OnRead { get; set; } = () => { };

        public int Writes { get; private set; }

        public Task<Employee> ReadAsync(string emailAddress, CancellationToken cancellationToken)
        {
            OnRead();
            return Task.FromResult(Employee.Initial);
        }

        public Task<Employee?> UpdateAsync(Employee changed, long? expectedVersion, CancellationToken cancellationToken)
        {
            Writes++;
            return Task.FromResult<Employee?>(changed with { Version = changed.Version + 1 });
        }

        public Task CreateAsync(Employee employee, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ILockedEmployee> LockAsync(string emailAddress, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
