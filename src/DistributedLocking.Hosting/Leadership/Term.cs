namespace DistributedLocking.Hosting.Leadership;

/// <summary>A term on a lock that is held.</summary>
internal sealed class Term(IDistributedLockHandle handle) : ILeadership
{
    public string Key => handle.Key;

    public long FencingToken => handle.FencingToken;

    public CancellationToken LostToken => handle.LostToken;
}
