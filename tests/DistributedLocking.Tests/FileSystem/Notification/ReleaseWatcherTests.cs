using DistributedLocking.FileSystem.Notification;
using DistributedLocking.TestKit;
using DistributedLocking.Testing;
using DistributedLocking.Tests.FileSystem.Support;

namespace DistributedLocking.Tests.FileSystem.Notification;

public sealed class ReleaseWatcherTests : IAsyncDisposable
{
    private readonly LockFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly RecordingLogger _logs = new();
    private readonly ReleaseWatcher _watcher;

    public ReleaseWatcherTests() => _watcher = new ReleaseWatcher(_folder.Path, _time, _logs);

    [Fact]
    public async Task The_system_watcher_ends_some_time_after_the_last_watch()
    {
        _watcher.IsWatching.ShouldBeFalse();
        var one = _watcher.Watch(["one.lock"]).ShouldNotBeNull();
        var other = _watcher.Watch(["one.lock"]).ShouldNotBeNull();
        await one.DisposeAsync();
        _time.Advance(ReleaseWatcher.IdleTime);
        _watcher.IsWatching.ShouldBeTrue();

        await other.DisposeAsync();
        _time.Advance(ReleaseWatcher.IdleTime / 2);
        _watcher.IsWatching.ShouldBeTrue();
        _time.Advance(ReleaseWatcher.IdleTime / 2);
        _watcher.IsWatching.ShouldBeFalse();
    }

    [Fact]
    public async Task A_watch_during_the_idle_time_keeps_the_system_watcher()
    {
        await _watcher.Watch(["one.lock"]).ShouldNotBeNull().DisposeAsync();
        _time.Advance(ReleaseWatcher.IdleTime / 2);
        _watcher.Watch(["two.lock"]).ShouldNotBeNull();
        _time.Advance(ReleaseWatcher.IdleTime);
        _watcher.IsWatching.ShouldBeTrue();
    }

    [Fact]
    public async Task After_an_overflow_everybody_wakes_and_the_watcher_goes_on()
    {
        var watch = _watcher.Watch(["one.lock"]).ShouldNotBeNull();
        _watcher.OnError(this, new ErrorEventArgs(new InternalBufferOverflowException()));
        await watch.WaitAsync(TestContext.Current.CancellationToken);
        _watcher.IsWatching.ShouldBeTrue();
        _logs.Entries.Select(entry => entry.Id).ShouldBeEmpty();
    }

    [Fact]
    public void A_directory_that_cannot_be_watched_is_reported_once_and_tried_again_later()
    {
        var path = _folder.FileNamed("missing");
        using var watcher = new ReleaseWatcher(path, _time, _logs);
        watcher.Watch(["one.lock"]).ShouldBeNull();
        Directory.CreateDirectory(path);
        watcher.Watch(["one.lock"]).ShouldBeNull();
        _time.Advance(ReleaseWatcher.RetryTime);
        watcher.Watch(["one.lock"]).ShouldNotBeNull();
        _logs.Entries.Select(entry => entry.Id).ShouldBe([4000]);
    }

    [Fact]
    public void After_its_end_nothing_is_watched()
    {
        _watcher.Dispose();
        _watcher.Watch(["one.lock"]).ShouldBeNull();
    }

    public ValueTask DisposeAsync()
    {
        _watcher.Dispose();
        return _folder.DisposeAsync();
    }
}
