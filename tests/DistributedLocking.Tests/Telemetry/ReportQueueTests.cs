using DistributedLocking.Telemetry;

namespace DistributedLocking.Tests.Telemetry;

public sealed class ReportQueueTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly List<int> _told = [];
    private readonly List<int> _dropped = [];
    private readonly ManualResetEventSlim _unblock = new();

    public void Dispose()
    {
        _unblock.Set();
        _unblock.Dispose();
    }

    [Fact]
    public async Task Reports_are_told_in_order_whatever_some_throw()
    {
        var queue = new ReportQueue(isInline: false, _dropped.Add);
        for (var i = 0; i < 100; i++)
        {
            var number = i;
            queue.Post(() =>
            {
                _told.Add(number);
                throw new InvalidOperationException("a report's fault");
            });
        }

        await queue.FlushAsync(Bound);

        _told.ShouldBe(Enumerable.Range(0, 100));
        _dropped.ShouldBeEmpty();
    }

    [Fact]
    public async Task More_than_fit_are_dropped_and_counted_but_for_those_that_must_not_be()
    {
        var queue = Blocked();
        for (var i = 0; i < ReportQueue.Capacity + 7; i++)
        {
            queue.Post(() => _told.Add(0));
        }

        queue.Post(() => _told.Add(1), isBounded: false);
        _unblock.Set();
        await queue.FlushAsync(Bound);

        _told.Count.ShouldBeInRange(ReportQueue.Capacity, ReportQueue.Capacity + 1);
        _told.ShouldContain(1);
        (_told.Count + _dropped.ShouldHaveSingleItem()).ShouldBe(ReportQueue.Capacity + 8);
    }

    [Fact]
    public async Task A_flush_waits_no_longer_than_its_bound()
    {
        var queue = Blocked();

        await queue.FlushAsync(TimeSpan.FromMilliseconds(10)).WaitAsync(Bound, TimeProvider.System, TestContext.Current.CancellationToken);

        _told.ShouldBeEmpty();
    }

    [Fact]
    public void On_a_tests_clock_reports_are_told_by_the_thread_that_posts()
    {
        var queue = new ReportQueue(isInline: true, _dropped.Add);

        // One that is posted by a report comes after it.
        queue.Post(() =>
        {
            queue.Post(() => _told.Add(2));
            _told.Add(1);
        });

        _told.ShouldBe([1, 2]);
    }

    private ReportQueue Blocked()
    {
        var queue = new ReportQueue(isInline: false, _dropped.Add);
        queue.Post(() => _unblock.Wait(CancellationToken.None));
        return queue;
    }
}
