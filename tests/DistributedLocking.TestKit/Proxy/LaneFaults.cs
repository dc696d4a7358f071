namespace DistributedLocking.TestKit.Proxy;

/// <summary>What happens to the bytes of one direction, on all connections of a proxy.</summary>
internal sealed class LaneFaults
{
    private readonly object _lock = new();
    private readonly List<LaneFault> _active = [];
    private TaskCompletionSource _caught = New();

    internal IDisposable Add(LaneFault fault)
    {
        lock (_lock)
        {
            _active.Add(fault);
            _caught = New();
        }

        return new Ending(this, fault);
    }

    /// <summary>
    /// Ends when bytes have been caught by a fault that was added since the direction had none, or since the last one
    /// was added.
    /// </summary>
    internal Task Caught
    {
        get
        {
            lock (_lock)
            {
                return _caught.Task;
            }
        }
    }

    /// <summary>Lets bytes pass when the faults let them. False: they are to be dropped.</summary>
    internal async Task<bool> PassAsync(CancellationToken cancellationToken)
    {
        LaneFault? last = null;
        var isNew = true;
        while (true)
        {
            LaneFault? fault;
            lock (_lock)
            {
                // Each delay once; a hold until it is gone.
                fault = _active.Find(candidate => candidate != last && candidate.Passing == 0);
                if (isNew)
                {
                    _active.ForEach(candidate => candidate.Passing = Math.Max(0, candidate.Passing - 1));
                    isNew = false;
                }

                if (fault is not null)
                {
                    _caught.TrySetResult();
                }
            }

            switch (fault)
            {
                case null:
                    return true;
                case { Kind: LaneFaultKind.Swallow }:
                    return false;
                case { Kind: LaneFaultKind.Hold }:
                    await fault.Ended.Task.WaitAsync(cancellationToken);
                    break;
                default:
                    last = fault;
                    await Task.Delay(fault.Time, TimeProvider.System, cancellationToken);
                    break;
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Ending(LaneFaults faults, LaneFault fault) : IDisposable
    {
        public void Dispose()
        {
            lock (faults._lock)
            {
                faults._active.Remove(fault);
            }

            fault.Ended.TrySetResult();
        }
    }
}

internal enum LaneFaultKind
{
    /// <summary>Bytes come later.</summary>
    Delay,

    /// <summary>Bytes come when the fault ends.</summary>
    Hold,

    /// <summary>Bytes never come; nobody is told.</summary>
    Swallow,
}

/// <summary>One fault.</summary>
internal sealed class LaneFault(LaneFaultKind kind, TimeSpan time = default)
{
    internal LaneFaultKind Kind { get; } = kind;

    internal TimeSpan Time { get; } = time;

    /// <summary>How many pieces of bytes are still to pass. Guarded by the direction.</summary>
    internal int Passing { get; set; }

    internal TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
