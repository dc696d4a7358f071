namespace DistributedLocking.Engine.Gates;

/// <summary>
/// The answer to the asker's next attempt, for all that wait for it; null when the asker left without one.
/// </summary>
internal sealed class SharedAnswer()
    : TaskCompletionSource<AcquisitionResult?>(TaskCreationOptions.RunContinuationsAsynchronously);
