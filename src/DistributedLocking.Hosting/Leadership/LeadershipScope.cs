namespace DistributedLocking.Hosting.Leadership;

/// <summary>The term that a service scope belongs to.</summary>
internal sealed class LeadershipScope
{
    private ILeadership? _current;

    internal ILeadership Current
    {
        get => _current ?? throw new InvalidOperationException(
            $"{nameof(ILeadership)} can be resolved only in the scope of a term: by a service of AddLeaderHostedService, and by what that needs.");
        set => _current = value;
    }
}
