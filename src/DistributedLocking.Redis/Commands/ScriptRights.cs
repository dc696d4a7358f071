namespace DistributedLocking.Redis.Commands;

/// <summary>What a connection's user may call, learnt from a refusal: where EVAL is allowed, EVALSHA need not be.</summary>
internal sealed class ScriptRights
{
    private volatile bool _isHashRefused;

    internal bool MaySendHash => !_isHashRefused;

    internal void NoteHashRefused() => _isHashRefused = true;
}
