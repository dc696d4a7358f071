using System.Diagnostics;
using DistributedLocking.Providers;

namespace DistributedLocking.Redis.Renewals;

/// <summary>A batch of renewals that has been sent. One thread at a time looks for its answers.</summary>
/// <param name="onReply">Takes the answers.</param>
/// <param name="timeout">How long they may take.</param>
/// <param name="cancellationToken">Ends the wait.</param>
internal abstract class RenewalRound(Action<int, RenewalReply> onReply, TimeSpan timeout, CancellationToken cancellationToken)
{
    /// <summary>How long an answer may wait to be noticed that comes before an earlier one.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly TaskCompletionSource _ended = new();

    /// <summary>Ends with the round, on the thread that finds its last answer.</summary>
    internal Task EndAsync() => _ended.Task.WaitAsync(CancellationToken.None);

    protected TimeSpan Timeout => timeout;

    /// <summary>Tells what has come. True when nothing more will.</summary>
    internal bool TryEnd()
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!TryEnd(isLate: Stopwatch.GetElapsedTime(_started) >= timeout))
            {
                return false;
            }

            GiveUp();
            _ended.SetResult();
        }
        catch (Exception e)
        {
            GiveUp();
            _ended.SetException(e);
        }

        return true;
    }

    /// <summary>Blocks until an answer of any of the rounds may have come, or something else has ended.</summary>
    internal static void WaitForAny(IReadOnlyCollection<RenewalRound> rounds, Task? other = null)
    {
        var answers = new List<Task>();
        foreach (var round in rounds)
        {
            round.AddNext(answers);
        }

        if (other is not null)
        {
            answers.Add(other);
        }

#pragma warning disable VSTHRD002 // On a thread that has nothing else to do; see the remarks of RenewalThread.
        Task.WaitAny([.. answers], Tick);
#pragma warning restore VSTHRD002
    }

    /// <summary>Adds the answer that is to come next.</summary>
    protected abstract void AddNext(ICollection<Task> answers);

    /// <param name="isLate">Whether what has not come by now will not be waited for.</param>
    protected abstract bool TryEnd(bool isLate);

    /// <summary>Nobody waits for any answer any more.</summary>
    protected abstract void GiveUp();

    protected void Tell(int index, RenewalReply reply) => onReply(index, reply);
}
