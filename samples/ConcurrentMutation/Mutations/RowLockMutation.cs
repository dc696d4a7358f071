using ConcurrentMutation.Stores;

namespace ConcurrentMutation.Mutations;

/// <summary>Reads, thinks and writes in one transaction that has locked the row.</summary>
internal sealed class RowLockMutation(IEmployeeStore store, string worker) : IMutation
{
    public async Task<MutationOutcome> RunAsync(TimeSpan work, CancellationToken cancellationToken)
    {
        await using var row = await store.LockAsync(Employee.Initial.EmailAddress, cancellationToken);
        await Work.DoAsync(work, cancellationToken);
        var written = await row.UpdateAndCommitAsync(row.Employee with { LastName = worker }, cancellationToken);
        return Work.Compare(row.Employee, written);
    }
}
