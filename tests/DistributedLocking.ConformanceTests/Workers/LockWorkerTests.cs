using DistributedLocking.ConformanceTests.Fixtures;
using DistributedLocking.Testing.Conformance.Workers;

namespace DistributedLocking.ConformanceTests.Workers;

/// <summary>The worker executable and its protocol, with a store in the worker's own memory.</summary>
public sealed class LockWorkerTests : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly LockWorkerProcess _worker = LockWorkerProcess.Start(TestWorker.Command("memory"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _worker.PingAsync(Token);

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    [Fact]
    public async Task Acquires_and_releases_keys_of_any_kind()
    {
        const string Key = "a key % with\nlines, \0 and 😀";
        var handle = (await _worker.TryAcquireAsync(Key, new AcquireOptions { TimeToLive = TimeSpan.FromMinutes(1) }, Token)).ShouldNotBeNull();
        handle.FencingToken.ShouldBeGreaterThan(0);
        var status = await handle.GetStatusAsync(Token);
        (status.IsHeld, status.IsLost).ShouldBe((true, false));
        status.RemainingTime.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        (await _worker.TryAcquireAsync(Key, new AcquireOptions(), Token)).ShouldBeNull();
        (await handle.ReleaseAsync(Token)).ShouldBeTrue();
        (await handle.ReleaseAsync(Token)).ShouldBeFalse();
        (await handle.GetStatusAsync(Token)).IsHeld.ShouldBeFalse();
        handle.Lost.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Tells_of_a_loss()
    {
        var options = new AcquireOptions { TimeToLive = TimeSpan.FromMilliseconds(500), AutoRenew = false };
        var handle = (await _worker.TryAcquireAsync("key", options, Token)).ShouldNotBeNull();
        await handle.Lost.WaitAsync(Bound, TimeProvider.System, Token);
        (await handle.GetStatusAsync(Token)).IsLost.ShouldBeTrue();
    }

    [Fact]
    public async Task Answers_while_it_waits()
    {
        var handle = (await _worker.TryAcquireAsync("key", new AcquireOptions(), Token)).ShouldNotBeNull();
        var waiter = _worker.TryAcquireAsync("key", new AcquireOptions { WaitTimeout = Timeout.InfiniteTimeSpan }, Token);
        await _worker.PingAsync(Token);
        waiter.IsCompleted.ShouldBeFalse();
        await handle.ReleaseAsync(Token);
        (await waiter.WaitAsync(Bound, TimeProvider.System, Token)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_failure_in_the_worker_fails_the_request()
    {
        var failure = await Should.ThrowAsync<InvalidOperationException>(() => _worker.TryAcquireAsync("", new AcquireOptions(), Token));
        failure.Message.ShouldContain(nameof(ArgumentException));
    }

    [Fact]
    public async Task Stops_and_continues()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signal that stops a process.");
        await _worker.StopAsync();
        var ping = _worker.PingAsync(Token);
        await Should.ThrowAsync<TimeoutException>(() => ping.WaitAsync(TimeSpan.FromMilliseconds(300), TimeProvider.System, Token));
        _worker.Continue();
        await ping.WaitAsync(Bound, TimeProvider.System, Token);
    }

    [Fact]
    public async Task The_end_of_the_process_fails_what_waits_and_what_comes_after()
    {
        await _worker.TryAcquireAsync("key", new AcquireOptions(), Token);
        var waiter = _worker.TryAcquireAsync("key", new AcquireOptions { WaitTimeout = Timeout.InfiniteTimeSpan }, Token);
        await _worker.PingAsync(Token);
        await _worker.KillAsync();
        await Should.ThrowAsync<InvalidOperationException>(() => waiter.WaitAsync(Bound, TimeProvider.System, Token));
        await Should.ThrowAsync<Exception>(() => _worker.PingAsync(Token).WaitAsync(Bound, TimeProvider.System, Token));
    }

    [Fact]
    public async Task Ends_with_its_input()
    {
        await _worker.TryAcquireAsync("key", new AcquireOptions(), Token);
        await _worker.ShutDownAsync(Token).WaitAsync(Bound, TimeProvider.System, Token);
    }

    [Fact]
    public async Task A_program_that_fails_to_start_says_why()
    {
        await using var worker = LockWorkerProcess.Start(TestWorker.Command("nonsense"));
        var failure = await Should.ThrowAsync<Exception>(() => worker.PingAsync(Token).WaitAsync(Bound, TimeProvider.System, Token));
        failure.ShouldBeOfType<InvalidOperationException>().Message.ShouldContain("Usage");
    }
}
