using DistributedLocking.Providers;

namespace DistributedLocking.Redis.Replicas;

/// <summary>
/// A watch whose grants only say that it is worth asking: no replica has confirmed them, which the answer to that
/// request will.
/// </summary>
internal sealed class UnconfirmedGrantWatch(IKeyWatch watch) : IKeyWatch
{
    public async ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken)
    {
        await watch.WaitAsync(cancellationToken).ConfigureAwait(false);
        return WakeUp.Changed;
    }

    public ValueTask DisposeAsync() => watch.DisposeAsync();
}
