using DistributedLocking;
using DistributedLocking.Hosting;
using Microsoft.Extensions.Hosting;

namespace LeaderWorker;

/// <summary>
/// The service of which one runs in the fleet: a new one for each term, which has the term injected. It is written as
/// any other.
/// </summary>
internal sealed class OutboxPublisher(ILeadership leadership, Outbox outbox) : BackgroundService
{
    private static readonly TimeSpan Work = TimeSpan.FromMilliseconds(150);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Report.Write(Report.Leads, leadership.FencingToken);
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                // What takes its time, and does not look whether this process still leads.
                await Task.Delay(Work, TimeProvider.System, CancellationToken.None);
                Report.Write(Report.Published, await outbox.PublishAsync(leadership.FencingToken));
            }
        }
        catch (StaleFencingTokenException)
        {
            // Frozen for longer than its lease, it went on as if nothing had been. The term is over.
            Report.Write(Report.Refused, leadership.FencingToken);
        }

        Report.Write(Report.Ended, leadership.FencingToken);
    }
}
