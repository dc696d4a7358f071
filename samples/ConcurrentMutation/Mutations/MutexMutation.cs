using ConcurrentMutation.Stores;
using DistributedLocking;

namespace ConcurrentMutation.Mutations;

/// <summary>Reads, thinks and writes inside a distributed lock.</summary>
internal sealed class MutexMutation(IDistributedLock locks, string key, AcquireOptions options, IEmployeeStore store, string worker) : IMutation
{
    public async Task<MutationOutcome> RunAsync(TimeSpan work, CancellationToken cancellationToken)
    {
        await using var handle = await locks.AcquireAsync(key, options, cancellationToken);
        var outcome = await MutateAsync(handle, work, cancellationToken);
        return await handle.ReleaseAsync(CancellationToken.None)
            ? outcome
            : throw new DistributedLockLostException("The lock had been lost before its release.");
    }

    private async Task<MutationOutcome> MutateAsync(IDistributedLockHandle handle, TimeSpan work, CancellationToken cancellationToken)
    {
        // A lock that is lost during the work ends the work: nothing must be written any more.
        using var whileHeld = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, handle.LostToken);
        try
        {
            var read = await store.ReadAsync(Employee.Initial.EmailAddress, whileHeld.Token);
            await Work.DoAsync(work, whileHeld.Token);

            // A process that was paused for longer than its lease may get here before the token's callbacks have run. A
            // pause right after this line is what fencing tokens are for; an employee of the demo has no column for
            // one.
            if (!handle.IsHeld)
            {
                throw new DistributedLockLostException("The lock was lost during the work.");
            }

            var written = await store.UpdateAsync(read with { LastName = worker }, expectedVersion: null, whileHeld.Token);
            return Work.Compare(read, written);
        }
        catch (OperationCanceledException exception) when (handle.LostToken.IsCancellationRequested)
        {
            throw new DistributedLockLostException("The lock was lost during the work.", exception);
        }
    }
}
