namespace DistributedLocking.Testing;

/// <summary>One fault that is in force until it is disposed.</summary>
internal sealed class InjectedFault : IDisposable
{
    private readonly Action<InjectedFault> _remove;
    private readonly TaskCompletionSource _lifted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal InjectedFault(ProviderOperations operations, FaultStage stage, Action<InjectedFault> remove)
    {
        Operations = operations;
        Stage = stage;
        _remove = remove;
    }

    internal ProviderOperations Operations { get; }

    internal FaultStage Stage { get; }

    internal Func<Exception>? Error { get; init; }

    internal TimeSpan Delay { get; init; }

    internal bool Holds { get; init; }

    /// <summary>
    /// Whether a held request that its caller gave up still reaches the store when the hold is lifted.
    /// </summary>
    internal bool DeliversLate { get; init; }

    /// <summary>Ends when the fault is disposed.</summary>
    internal Task Lifted => _lifted.Task;

    public void Dispose()
    {
        _remove(this);
        _lifted.TrySetResult();
    }

    internal async ValueTask StrikeAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (Delay > TimeSpan.Zero)
        {
            await Task.Delay(Delay, time, cancellationToken).ConfigureAwait(false);
        }

        if (Holds)
        {
            await Lifted.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        if (Error is not null)
        {
            throw Error();
        }
    }
}

/// <summary>When a fault strikes.</summary>
internal enum FaultStage
{
    /// <summary>Before the operation reaches the store.</summary>
    Request,

    /// <summary>After the store carried it out, before the caller learns of it.</summary>
    Reply,
}
