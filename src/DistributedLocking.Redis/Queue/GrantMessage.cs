using System.Globalization;
using DistributedLocking.Providers;

namespace DistributedLocking.Redis.Queue;

/// <summary>What <c>pass-on.lua</c> tells the process whose place was first in the queue.</summary>
/// <param name="OwnerId">Who holds the lock now.</param>
/// <param name="Place">The number of the place in the queue that it was granted for.</param>
/// <param name="Reply">The grant.</param>
internal sealed record GrantMessage(string OwnerId, long Place, AcquireReply Reply)
{
    private const int Fields = 5;

    /// <summary>Reads a message; null when it is no grant.</summary>
    internal static GrantMessage? Parse(string message)
    {
        var text = message.AsSpan();
        Span<Range> fields = stackalloc Range[Fields + 1];
        return text.Split(fields, '\n') == Fields
            && TryParse(text[fields[1]], out var place)
            && TryParse(text[fields[2]], out var token)
            && TryParse(text[fields[3]], out var tokens)
            && TryParse(text[fields[4]], out var offer)
            ? new GrantMessage(message[fields[0]], place, AcquireReply.Granted(token, TimeSpan.FromMilliseconds(offer), (int)tokens))
            : null;
    }

    private static bool TryParse(ReadOnlySpan<char> text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
