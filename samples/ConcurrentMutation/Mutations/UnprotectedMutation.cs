using ConcurrentMutation.Stores;

namespace ConcurrentMutation.Mutations;

/// <summary>Reads and writes with nothing in between that would keep others out.</summary>
internal sealed class UnprotectedMutation(IEmployeeStore store, string worker) : IMutation
{
    public async Task<MutationOutcome> RunAsync(TimeSpan work, CancellationToken cancellationToken)
    {
        var read = await store.ReadAsync(Employee.Initial.EmailAddress, cancellationToken);
        await Work.DoAsync(work, cancellationToken);
        var written = await store.UpdateAsync(read with { LastName = worker }, expectedVersion: null, cancellationToken);
        return Work.Compare(read, written);
    }
}
