using DistributedLocking.Engine.Plans;

namespace DistributedLocking.Engine.Gates;

/// <content>The pauses of the asker between its attempts.</content>
internal sealed partial class LocalGate
{
    /// <summary>
    /// The asker pauses and learns nothing meanwhile. False when somebody waits for its next answer, so that it should
    /// not pause at all.
    /// </summary>
    /// <param name="pause">The pause, which others may end.</param>
    /// <param name="heldUntil">How long to believe that the lock is held, if it was seen so.</param>
    internal bool BeginPause(AskerPause pause, long heldUntil)
    {
        lock (this)
        {
            _heldElsewhereUntil = Math.Min(_heldElsewhereUntil, heldUntil);
            return Callers.BeginPause(pause);
        }
    }

    internal void EndPause()
    {
        lock (this)
        {
            Callers.EndPause();
        }
    }

    /// <summary>Lets the asker's pause, if it makes one, end after this time at the latest.</summary>
    internal void LimitPause(TimeSpan most)
    {
        lock (this)
        {
            _callers?.LimitPause(most);
        }
    }

    /// <summary>The paces at which those in the queue would poll.</summary>
    internal IReadOnlyList<RetryPace> PacesOfWaiters()
    {
        lock (this)
        {
            return _callers?.Paces() ?? [];
        }
    }
}
