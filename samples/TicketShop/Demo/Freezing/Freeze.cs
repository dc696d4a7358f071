using TicketShop.Demo.Instances;
using TicketShop.Shop.Events;

namespace TicketShop.Demo.Freezing;

/// <summary>One freeze of one instance: it begins when the instance reaches its worst moment.</summary>
internal sealed class Freeze(InstanceProcess instance, bool stopsProcess, string key, int caller)
{
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource thawed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<ShopEvent> events = [];
    private bool isStopped;

    /// <summary>Ends when the instance is frozen.</summary>
    internal Task Reached => reached.Task;

    /// <summary>When it began and ended.</summary>
    internal IReadOnlyList<ShopEvent> Events => events;

    /// <summary>The instance's own call: it is answered after the freeze.</summary>
    internal async Task HoldAsync(CancellationToken cancellationToken)
    {
        if (stopsProcess)
        {
            isStopped = true;
            await ProcessSignals.StopAsync(instance.Id);
            if (thawed.Task.IsCompleted)
            {
                await ProcessSignals.ContinueAsync(instance.Id);
            }
        }

        Record(EventKind.Froze);
        reached.TrySetResult();
        await thawed.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Lets the instance go on.</summary>
    internal async Task ThawAsync()
    {
        if (!thawed.TrySetResult())
        {
            return;
        }

        // Before it wakes up: what it does then comes later.
        if (reached.Task.IsCompleted)
        {
            Record(EventKind.Thawed);
        }

        if (isStopped)
        {
            await ProcessSignals.ContinueAsync(instance.Id);
        }
    }

    private void Record(EventKind kind) => events.Add(new ShopEvent(ShopEvent.Now(), instance.Name, key, caller, kind));
}
