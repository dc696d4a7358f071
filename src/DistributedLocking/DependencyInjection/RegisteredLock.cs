namespace DistributedLocking.DependencyInjection;

/// <summary>The one lock behind the services of a registration.</summary>
internal sealed class RegisteredLock(DistributedLock instance) : IAsyncDisposable, IDisposable
{
    internal DistributedLock Lock { get; } = instance;

    public ValueTask DisposeAsync() => Lock.DisposeAsync();

    public void Dispose() => Lock.Dispose();
}
