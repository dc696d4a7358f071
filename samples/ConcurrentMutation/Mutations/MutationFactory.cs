using ConcurrentMutation.Options;
using ConcurrentMutation.Stages;
using ConcurrentMutation.Stores;
using DistributedLocking;

namespace ConcurrentMutation.Mutations;

internal sealed class MutationFactory(DemoOptions options, Lazy<IDistributedLock> locks)
{
    // The same in every run: two runs over one database must exclude each other.
    private static readonly string Key = $"employee:{Employee.Initial.EmailAddress}";

    private readonly AcquireOptions acquire = new()
    {
        TimeToLive = options.Expiry,
        WaitTimeout = options.Wait,
        Retry = RetryPolicy.Forever(options.Retry),
    };

    internal IMutation Create(Protection protection, IEmployeeStore store, string worker) => protection switch
    {
        Protection.None => new UnprotectedMutation(store, worker),
        Protection.Mutex => new MutexMutation(locks.Value, Key, acquire, store, worker),
        Protection.RowLock => new RowLockMutation(store, worker),
        Protection.Version => new VersionMutation(store, worker),
        _ => throw new NotSupportedException($"There is no mutation for {protection}."),
    };
}
