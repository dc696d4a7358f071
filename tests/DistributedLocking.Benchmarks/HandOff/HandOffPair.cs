using System.Diagnostics;
using System.Globalization;
using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Stores;
using DistributedLocking.Benchmarks.Workers;

namespace DistributedLocking.Benchmarks.HandOff;

/// <summary>Two processes, one of which waits for the lock that the other holds.</summary>
internal sealed class HandOffPair(Store store, string mode, string name) : IContender<HandOffSample>
{
    // Enough for the compiler's last tier of what runs once for each hand-off; slow pollers have less to warm up, and
    // less time for it.
    private const int WarmUpHandOffs = 600;
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ShortHold = TimeSpan.FromMilliseconds(5);

    private readonly ChildProcess _holder = ChildProcess.Start(store, PeerCommand.Arguments(mode, name));
    private readonly ChildProcess _waiter = ChildProcess.Start(store, PeerCommand.Arguments(mode, name));
    private bool _isWarm;

    internal string Name => name;

    /// <summary>One hand-off.</summary>
    /// <param name="length">How long the lock is held.</param>
    public async Task<HandOffSample> TakeTurnAsync(TimeSpan length)
    {
        if (!_isWarm)
        {
            await WarmUpAsync();
            _isWarm = true;
        }

        var latency = await HandOffAsync(length);
        return new HandOffSample(latency, (int)(await AskAsync(_holder, PeerCommand.Compiled) + await AskAsync(_waiter, PeerCommand.Compiled)));
    }

    public async ValueTask DisposeAsync()
    {
        await _holder.DisposeAsync();
        await _waiter.DisposeAsync();
    }

    private static async Task<long> AskAsync(ChildProcess process, string line) =>
        long.Parse(await process.AskAsync(line, ChildProcess.Patience), CultureInfo.InvariantCulture);

    private async Task WarmUpAsync()
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < WarmUpHandOffs && Stopwatch.GetElapsedTime(start) < LongestWarmUp; i++)
        {
            await HandOffAsync(ShortHold);
        }
    }

    private async Task<TimeSpan> HandOffAsync(TimeSpan hold)
    {
        await AskAsync(_holder, string.Create(CultureInfo.InvariantCulture, $"{PeerCommand.Hold} {hold.TotalMilliseconds}"));

        // The holder is asked only afterwards, so that its answer costs no time of the waiter's.
        var acquired = await AskAsync(_waiter, PeerCommand.Wait);
        var released = await AskAsync(_holder, PeerCommand.Released);
        return Stopwatch.GetElapsedTime(released, acquired);
    }
}
