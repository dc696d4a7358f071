using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Scripts;

/// <summary>Times as scripts take them: in milliseconds.</summary>
internal sealed class RedisTime
{
    private Encoded? _last;

    /// <summary>Rounded up, so that the store's lease never ends before the one that the engine counts.</summary>
    internal static long Milliseconds(TimeSpan time) => (time.Ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;

    /// <summary>
    /// The same as text. Most acquisitions of a lock have one time to live, which the client need not format again.
    /// </summary>
    internal RedisValue Encode(TimeSpan time)
    {
        if (_last is not { } last || last.Time != time)
        {
            var text = Milliseconds(time).ToString(CultureInfo.InvariantCulture);
            _last = last = new Encoded(time, Encoding.ASCII.GetBytes(text));
        }

        return last.Text;
    }

    private sealed record Encoded(TimeSpan Time, byte[] Text);
}
