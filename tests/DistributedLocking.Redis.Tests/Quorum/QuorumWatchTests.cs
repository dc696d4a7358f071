using DistributedLocking.Providers;
using DistributedLocking.Redis.Quorum;
using DistributedLocking.TestKit;
using DistributedLocking.Testing;

namespace DistributedLocking.Redis.Tests.Quorum;

public sealed class QuorumWatchTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly QuorumWatch _watch;

    public QuorumWatchTests() => _watch = new QuorumWatch(new QuorumRule(3), _time);

    public ValueTask DisposeAsync() => _watch.DisposeAsync();

    [Fact]
    public async Task A_majority_that_tells_ends_the_wait_once()
    {
        _watch.Tell(0);
        _watch.Tell(2);
        _watch.Tell(2);

        await WaitAsync().Within();
        var second = WaitAsync();

        second.IsCompleted.ShouldBeFalse();
        _watch.Tell(1);
        _watch.Tell(2);
        await second.Within();
    }

    [Fact]
    public async Task One_server_alone_ends_it_after_a_moment()
    {
        var wait = WaitAsync().AsTask();
        _watch.Tell(1);
        _watch.Tell(1);
        wait.IsCompleted.ShouldBeFalse();

        await Eventually.BecomesTrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(1));
                return Task.FromResult(wait.IsCompleted);
            },
            "the wait ended");
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_next_word_to_the_next_wait()
    {
        using var cancellation = new CancellationTokenSource();
        var cancelled = _watch.WaitAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () => await cancelled);

        _watch.Tell(0);
        _watch.Tell(1);

        await WaitAsync().Within();
    }

    private ValueTask<WakeUp> WaitAsync() => _watch.WaitAsync(TestContext.Current.CancellationToken);
}
