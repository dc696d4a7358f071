using Microsoft.Extensions.Logging;

namespace DistributedLocking.Hosting.Leadership;

/// <summary>
/// Wants to lead, for ever: acquires the lock, does a term's work under it, releases it, and begins again.
/// </summary>
/// <remarks>
/// A term's work has ended here before its lock is released and before the next term begins. While the store is away
/// nobody leads: a term ends at its lease's deadline, and none begins.
/// </remarks>
internal sealed class LeaderCampaign(IDistributedLock locks, string key, LeaderOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(250);

    private readonly AcquireOptions _acquire = (options.AcquireOptions ?? new AcquireOptions()) with { WaitTimeout = Timeout.InfiniteTimeSpan };
    private readonly RetryPolicy _pace = options.AcquireOptions?.Retry ?? new DistributedLockOptions().Retry;

    /// <summary>Leads until it is stopped or the work fails.</summary>
    /// <param name="work">What a leader does.</param>
    /// <param name="stopping">Ends the term and the campaign.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal async Task RunAsync(Func<ILeadership, CancellationToken, Task> work, CancellationToken stopping)
    {
        while (true)
        {
            var handle = await CampaignAsync(stopping).ConfigureAwait(false);
            await using (handle.ConfigureAwait(false))
            {
                await LeadAsync(new Term(handle), work, stopping).ConfigureAwait(false);
            }

            stopping.ThrowIfCancellationRequested();
            if (!handle.LostToken.IsCancellationRequested)
            {
                // Work that ends at once must not keep the store busy; others come first meanwhile.
                await PauseAsync(_pace.GetDelay(0), stopping).ConfigureAwait(false);
            }
        }
    }

    private async Task<IDistributedLockHandle> CampaignAsync(CancellationToken stopping)
    {
        TimeSpan? delay = null;
        for (var failures = 0; ; failures++)
        {
            try
            {
                return await locks.AcquireAsync(key, _acquire, stopping).ConfigureAwait(false);
            }
            catch (DistributedLockUnavailableException e)
            {
                // What can be tried again has been, within the wait; even a wrong password may be set right.
                Log.CampaignFailed(logger, e, key);
            }

            // A policy that has no more to say has said its last delay before.
            delay = _pace.GetDelay(failures) ?? delay;
            await PauseAsync(delay, stopping).ConfigureAwait(false);
        }
    }

    private async Task LeadAsync(Term term, Func<ILeadership, CancellationToken, Task> work, CancellationToken stopping)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(term.LostToken, stopping);
        Log.Leads(logger, key, term.FencingToken);
        var running = work(term, end.Token);
        await using var watch = end.Token.Register(() => _ = WatchStopAsync(running)).ConfigureAwait(false);
        try
        {
            await running.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // As it was told to.
        }
        finally
        {
            if (term.LostToken.IsCancellationRequested)
            {
                Log.LeadershipLost(logger, key, term.FencingToken);
            }
            else
            {
                Log.TermEnded(logger, key, term.FencingToken);
            }
        }
    }

    private async Task WatchStopAsync(Task running)
    {
        try
        {
            await running.WaitAsync(options.StopTimeout, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            if (!running.IsCompleted)
            {
                Log.WorkGoesOn(logger, key, options.StopTimeout);
            }
        }
    }

    private Task PauseAsync(TimeSpan? delay, CancellationToken stopping) =>
        Task.Delay(delay > Shortest ? delay.Value : Shortest, time, stopping);
}
