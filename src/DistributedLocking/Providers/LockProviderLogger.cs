using DistributedLocking.Telemetry;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Providers;

/// <summary>Makes the logger of a provider.</summary>
public static class LockProviderLogger
{
    /// <summary>
    /// Makes a logger that a provider may use anywhere, also on the thread that sends renewals: entries are written on
    /// the thread pool, in order, and what throws there harms nobody. While a logger blocks, a bounded number of
    /// entries is kept, and more are dropped and counted.
    /// </summary>
    /// <param name="factory">Where entries go; null for nowhere.</param>
    /// <param name="category">The category.</param>
    /// <returns>The logger.</returns>
    public static ILogger Create(ILoggerFactory? factory, string category)
    {
        var logger = SafeLogger.Create(factory, category);
        return new QueuedLogger(new ReportQueue(isInline: false, dropped => Log.ReportsDropped(logger, dropped)), logger);
    }
}
