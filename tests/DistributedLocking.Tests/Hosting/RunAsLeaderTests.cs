using DistributedLocking.Hosting;
using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Hosting;

/// <summary>Campaigns and terms.</summary>
public sealed class RunAsLeaderTests : EngineTest
{
    [Fact]
    public async Task One_of_three_leads_and_the_next_one_as_soon_as_it_is_stopped()
    {
        var store = new InMemoryLockStore();
        var leading = 0;
        var terms = new List<(int Instance, long Token)>();
        var instances = Enumerable.Range(0, 3).Select(i => new Instance(store, i, LeadAsync)).ToArray();
        for (var term = 1; term <= 3; term++)
        {
            await Eventually(() => Count() == term);
            await instances[terms[^1].Instance].DisposeAsync();
        }

        terms.Select(term => term.Instance).Distinct().Count().ShouldBe(3);
        terms.Select(term => term.Token).ShouldBeInOrder(SortDirection.Ascending);

        int Count()
        {
            lock (terms)
            {
                return terms.Count;
            }
        }

        async Task LeadAsync(int instance, ILeadership leadership, CancellationToken ending)
        {
            Interlocked.Increment(ref leading).ShouldBe(1);
            lock (terms)
            {
                terms.Add((instance, leadership.FencingToken));
            }

            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending);
            }
            finally
            {
                await Task.Delay(Seconds(0.02), TimeProvider.System, CancellationToken.None);
                Interlocked.Decrement(ref leading);
            }
        }
    }

    [Fact]
    public async Task After_a_loss_the_next_term_begins_when_the_work_has_ended_and_not_before()
    {
        using var stop = new CancellationTokenSource();
        var workEnds = new TaskCompletionSource();
        var terms = new List<ILeadership>();
        var campaign = Locks.RunAsLeaderAsync(
            Key,
            async (leadership, ending) =>
            {
                terms.Add(leadership);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending).ContinueWith(_ => { }, TaskScheduler.Default);
                await workEnds.Task;
            },
            cancellationToken: stop.Token);
        terms.ShouldHaveSingleItem();
        Provider.OnRenew = (batch, _) => ValueTask.FromResult<IReadOnlyList<RenewalReply>>([new(RenewalOutcome.Lost)]);
        Time.Advance(Options.TimeToLive / 3);
        await Eventually(() => terms[0].LostToken.IsCancellationRequested);
        Provider.OnRenew = null;
        Time.Advance(Options.TimeToLive);
        terms.Count.ShouldBe(1);

        workEnds.SetResult();

        await Eventually(() => Task.FromResult(terms.Count == 2), Seconds(1));
        terms[1].FencingToken.ShouldBeGreaterThan(terms[0].FencingToken);
        terms[1].Key.ShouldBe(Key);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(campaign);
        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_campaign_outlasts_whatever_the_store_says()
    {
        using var stop = new CancellationTokenSource();
        var leads = new TaskCompletionSource();
        Provider.OnAcquire = (_, _) => throw new DistributedLockUnavailableException("the password is wrong") { IsTransient = false };
        var campaign = Locks.RunAsLeaderAsync(
            Key,
            (_, ending) =>
            {
                leads.SetResult();
                return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending);
            },
            new LeaderOptions { AcquireOptions = new AcquireOptions { Retry = RetryPolicy.Fixed(TimeSpan.FromMilliseconds(1), 1) } },
            stop.Token);
        await Eventually(() => Provider.Acquires.Count >= 3);
        campaign.IsCompleted.ShouldBeFalse();

        Provider.OnAcquire = null;

        await leads.Task.WaitAsync(Seconds(30), TimeProvider.System, Cancel);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(campaign);
    }

    [Fact]
    public async Task Work_that_ends_ends_its_term_and_another_begins_after_a_pause()
    {
        using var stop = new CancellationTokenSource();
        var tokens = new List<long>();
        var campaign = Locks.RunAsLeaderAsync(
            Key,
            (leadership, _) =>
            {
                tokens.Add(leadership.FencingToken);
                return tokens.Count < 3 ? Task.CompletedTask : stop.CancelAsync();
            },
            cancellationToken: stop.Token);

        await Should.ThrowAsync<OperationCanceledException>(campaign.WaitAsync(Seconds(30), TimeProvider.System, Cancel));

        tokens.Count.ShouldBe(3);
        tokens.ShouldBeInOrder(SortDirection.Ascending);
        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Work_that_fails_ends_the_campaign_with_its_exception_and_the_lock_is_free()
    {
        var campaign = Locks.RunAsLeaderAsync(Key, (_, _) => throw new InvalidTimeZoneException("the work's own"), cancellationToken: Cancel);

        await Should.ThrowAsync<InvalidTimeZoneException>(campaign);

        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public void Options_that_would_end_a_campaign_or_a_term_are_refused_with_their_names()
    {
        Refusal(new LeaderOptions { StopTimeout = TimeSpan.Zero }).ShouldContain("LeaderOptions.StopTimeout 00:00:00");
        Refusal(new LeaderOptions { AcquireOptions = new AcquireOptions { WaitTimeout = Seconds(3) } })
            .ShouldContain("LeaderOptions.AcquireOptions.WaitTimeout 00:00:03");
        Refusal(new LeaderOptions { AcquireOptions = new AcquireOptions { AutoRenew = false } }).ShouldContain("LeaderOptions.AcquireOptions.AutoRenew");

        string Refusal(LeaderOptions options) =>
            Should.Throw<ArgumentException>(() => { _ = Locks.RunAsLeaderAsync(Key, (_, _) => Task.CompletedTask, options, Cancel); }).Message;
    }

    private sealed class Instance : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly DistributedLock _locks;
        private readonly Task _campaign;

        internal Instance(InMemoryLockStore store, int number, Func<int, ILeadership, CancellationToken, Task> work)
        {
            var options = new DistributedLockOptions();
            _locks = new DistributedLock(new InMemoryLockProvider(store, options), options);
            _campaign = _locks.RunAsLeaderAsync("outbox", (leadership, ending) => work(number, leadership, ending), cancellationToken: _stop.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(_campaign);
            await _locks.DisposeAsync();
            _stop.Dispose();
        }
    }
}
