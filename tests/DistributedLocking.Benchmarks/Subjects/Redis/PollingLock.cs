namespace DistributedLocking.Benchmarks.Subjects.Redis;

/// <summary>A peer's stand-in: the raw pair, tried again after a pause until it succeeds, as locks without a queue or notifications do.</summary>
internal sealed class PollingLock(RawPair pair, Func<TimeSpan> pause) : IWaitingLock
{
    internal const string Fixed = "poll every 10 ms";
    internal const string Random = "poll every 10 to 800 ms";

    internal static async Task<PollingLock> ConnectAsync(string address, string name)
    {
        var chance = new Random();
        return new PollingLock(
            await RawPair.ConnectAsync(address),
            name == Random ? () => TimeSpan.FromMilliseconds(chance.Next(10, 800)) : () => TimeSpan.FromMilliseconds(10));
    }

    public async Task AcquireAsync(string key)
    {
        while (!await pair.AcquireAsync(key))
        {
            await Task.Delay(pause(), TimeProvider.System);
        }
    }

    public async Task ReleaseAsync(string key)
    {
        if ((long)await pair.ReleaseAsync(key) != 1)
        {
            throw Subject.NotReleased();
        }
    }

    public ValueTask DisposeAsync() => pair.DisposeAsync();
}
