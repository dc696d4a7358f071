using DistributedLocking.Redis.Notifications;
using DistributedLocking.Redis.Tests.Doubles;

namespace DistributedLocking.Redis.Tests.Notifications;

public sealed class KeyWatchTests
{
    [Fact]
    public async Task Many_signals_before_a_wait_end_it_once()
    {
        var watch = Watch();
        watch.Signal();
        watch.Signal();

        await watch.WaitAsync(TestContext.Current.CancellationToken).Within();
        var second = watch.WaitAsync(TestContext.Current.CancellationToken);

        second.IsCompleted.ShouldBeFalse();
        watch.Signal();
        await second.Within();
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_next_signal_to_the_next_wait()
    {
        var watch = Watch();
        using var cancellation = new CancellationTokenSource();
        var cancelled = watch.WaitAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () => await cancelled);

        watch.Signal();

        await watch.WaitAsync(TestContext.Current.CancellationToken).Within();
    }

    // Not disposed: that is its owner's affair.
    private static KeyWatch Watch() => new(owner: null!, subscription: null!);
}
