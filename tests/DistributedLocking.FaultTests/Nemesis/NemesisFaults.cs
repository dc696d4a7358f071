using DistributedLocking.FaultTests.Histories;
using DistributedLocking.FaultTests.Stores;
using DistributedLocking.TestKit.Proxy;

namespace DistributedLocking.FaultTests.Nemesis;

/// <summary>What can go wrong in a run. Each fault is over when its task ends.</summary>
internal sealed class NemesisFaults(StoreUnderTest store, WorkerCrew? crew, HistoryWriter history, Random random)
{
    /// <summary>Until a server has ended the sessions that it was told to end, however busy the machine is.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(250);

    /// <summary>The faults that apply to the store, with names.</summary>
    internal IReadOnlyList<(string Name, Func<Task> Make)> All =>
        [.. ProcessFaults, .. store.Proxy is { } proxy ? ServerFaults(proxy) : [], .. store.FailOvers.Select(fault => (fault.Name, (Func<Task>)(() => fault.Make(random))))];

    private (string Name, Func<Task> Make)[] ProcessFaults => crew is null ? [] :
    [
        ("long pause", () => crew.PauseAsync(random, Between(1600, 2400))),
        ("short pause", () => crew.PauseAsync(random, Between(20, 300))),
        ("killed process", () => crew.ReplaceAsync(random)),
    ];

    private (string Name, Func<Task> Make)[] ServerFaults(FaultProxy proxy) =>
    [
        ("held requests", () => DuringAsync(proxy.Hold(Direction.Requests), Between(50, 1500))),
        ("held replies", () => DuringAsync(proxy.Hold(Direction.Replies), Between(50, 1500))),
        ("slow network", () => DuringAsync(proxy.Delay(Direction.Both, Between(5, 60)), Between(300, 1000))),
        ("silent network", () => WithoutConnectionsAsync(async () =>
        {
            await DuringAsync(proxy.Swallow(random.Next(3) switch { 0 => Direction.Requests, 1 => Direction.Replies, _ => Direction.Both }), Between(100, 1500));

            // Those that lost nothing, too, so that the history can say that all were cut.
            proxy.Cut();
        })),
        ("cut connections", () => WithoutConnectionsAsync(() =>
        {
            proxy.Cut();
            return Task.CompletedTask;
        })),
        ("refused connections", () => WithoutConnectionsAsync(async () =>
        {
            using var refusal = proxy.Refuse();
            proxy.Cut();
            await PassAsync(Between(50, 700));
        })),
        ("frozen server", FreezeAsync),
        ("killed server", RestartAsync),
        ("administrator", () => WithoutConnectionsAsync(store.DisturbAsync)),
    ];

    private static async Task DuringAsync(IDisposable fault, TimeSpan time)
    {
        using (fault)
        {
            await PassAsync(time);
        }
    }

    private static Task PassAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System);

    private async Task FreezeAsync()
    {
        store.Freeze();
        try
        {
            await PassAsync(Between(50, 1500));
        }
        finally
        {
            store.Thaw();
        }
    }

    private Task RestartAsync() => ForgettingAsync(
        store.ForgetsWhenRestarted,
        async () =>
        {
            await store.KillAsync();
            await PassAsync(Between(10, 300));
            await store.RestartAsync();
        });

    private Task WithoutConnectionsAsync(Func<Task> fault) => ForgettingAsync(store.ForgetsWhenCut, fault);

    private async Task ForgettingAsync(bool forgets, Func<Task> fault)
    {
        var start = HistoryWriter.Now;
        await fault();
        if (forgets)
        {
            await PassAsync(Settling);
            history.Write(0, HistoryKind.Forgot, "store", start);
        }
    }

    private TimeSpan Between(int shortest, int longest) => TimeSpan.FromMilliseconds(random.Next(shortest, longest));
}
