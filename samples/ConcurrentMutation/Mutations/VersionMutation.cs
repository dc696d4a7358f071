using ConcurrentMutation.Stores;

namespace ConcurrentMutation.Mutations;

/// <summary>Lets nobody wait: the write is refused when the row has changed since the read.</summary>
internal sealed class VersionMutation(IEmployeeStore store, string worker) : IMutation
{
    public async Task<MutationOutcome> RunAsync(TimeSpan work, CancellationToken cancellationToken)
    {
        var read = await store.ReadAsync(Employee.Initial.EmailAddress, cancellationToken);
        await Work.DoAsync(work, cancellationToken);
        var written = await store.UpdateAsync(read with { LastName = worker }, read.Version, cancellationToken);
        return Work.Compare(read, written);
    }
}
