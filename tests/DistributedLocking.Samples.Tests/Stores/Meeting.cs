namespace DistributedLocking.Samples.Tests.Stores;

/// <summary>Lets nobody go on before all have come. Who comes later does not wait.</summary>
internal sealed class Meeting(int participants)
{
    private readonly TaskCompletionSource complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int arrived;

    internal Task ArriveAsync()
    {
        if (Interlocked.Increment(ref arrived) == participants)
        {
            complete.SetResult();
        }

        return complete.Task;
    }
}
