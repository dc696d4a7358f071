using DistributedLocking.FileSystem;
using DistributedLocking.Providers;
using DistributedLocking.Tests.FileSystem.Support;

namespace DistributedLocking.Tests.FileSystem;

public sealed class WatchTests : IAsyncDisposable
{
    private readonly LockFolder _folder = new();

    [Fact]
    public async Task A_release_wakes_a_waiter_of_another_provider_and_the_key_is_free_then()
    {
        var (holder, waiter) = (_folder.CreateProvider(), _folder.CreateProvider());
        await holder.AcquireAsync("k", "a");
        await using var watch = await WatchAsync(waiter, "k");
        var wake = watch.WaitAsync(TestContext.Current.CancellationToken).AsTask();
        wake.IsCompleted.ShouldBeFalse();

        (await holder.ReleaseAsync("k", "a")).ShouldBeTrue();
        (await wake).ShouldBe(WakeUp.Changed);
        await waiter.AcquireAsync("k", "b");
    }

    [Fact]
    public async Task A_release_in_another_process_wakes_a_waiter()
    {
        var waiter = _folder.CreateProvider();
        using var holder = HolderProcess.Start(_folder.Path, "k");
        (await holder.ReadLineAsync()).ShouldStartWith("granted");
        (await waiter.TryAcquireAsync("k", "b")).IsGranted.ShouldBeFalse();
        await using var watch = await WatchAsync(waiter, "k");

        (await holder.ReleaseAsync()).ShouldBe("released True");
        await watch.WaitAsync(TestContext.Current.CancellationToken);
        await waiter.AcquireAsync("k", "b");
    }

    [Fact]
    public async Task A_release_before_the_wait_is_remembered_once()
    {
        var (holder, waiter) = (_folder.CreateProvider(), _folder.CreateProvider());
        await holder.AcquireAsync("k", "a");
        await using var watch = await WatchAsync(waiter, "k");
        await using var another = await WatchAsync(waiter, "k");
        await holder.ReleaseAsync("k", "a");
        await another.WaitAsync(TestContext.Current.CancellationToken);

        await watch.WaitAsync(TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var second = watch.WaitAsync(stop.Token).AsTask();
        second.IsCompleted.ShouldBeFalse();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(second);
    }

    [Fact]
    public async Task Another_key_and_an_acquire_wake_nobody()
    {
        var (holder, waiter) = (_folder.CreateProvider(), _folder.CreateProvider());
        await using var mine = await WatchAsync(waiter, "mine");
        await using var other = await WatchAsync(waiter, "other");
        using var stop = new CancellationTokenSource();
        var wake = mine.WaitAsync(stop.Token).AsTask();

        // The events of one watcher come in order, so what "mine" would get has come when "other" wakes.
        await holder.AcquireAsync("mine", "a");
        await holder.AcquireAsync("other", "a");
        await holder.ReleaseAsync("other", "a");
        await other.WaitAsync(TestContext.Current.CancellationToken);
        wake.IsCompleted.ShouldBeFalse();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(wake);
    }

    [Fact]
    public async Task Without_notifications_there_is_no_watch_and_no_such_capability()
    {
        var provider = _folder.CreateProvider(configure: options => options.UseNotifications = false);
        provider.Capabilities.HasFlag(LockProviderCapabilities.Notification).ShouldBeFalse();
        (await provider.WatchAsync(ProviderCalls.Request("k", "a"), TestContext.Current.CancellationToken)).ShouldBeNull();
        _folder.CreateProvider().Capabilities.HasFlag(LockProviderCapabilities.Notification).ShouldBeTrue();
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    private static async Task<IKeyWatch> WatchAsync(FileSystemLockProvider provider, string key) =>
        (await provider.WatchAsync(ProviderCalls.Request(key, "watcher"), TestContext.Current.CancellationToken)).ShouldNotBeNull();
}
