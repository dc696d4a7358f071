using System.Globalization;

namespace DistributedLocking.Redis.Tests.Queue;

/// <summary>
/// A fencing mark: the last token that was reserved. Tokens come from the server's clock, which no model knows, unless
/// the mark is ahead of it.
/// </summary>
/// <param name="isAhead">Whether it is ahead of the clock.</param>
/// <param name="last">What it is at the start.</param>
internal sealed class ModelledMark(bool isAhead, long? last)
{
    /// <summary>Far ahead of any clock, and beyond the integers that a Lua number can count.</summary>
    internal const long Ahead = (1L << 53) + 1;

    private long? _last = last;

    /// <summary>Compares the mark after an operation that reserved so many tokens; returns the first of them.</summary>
    internal long Move(int tokens, string? seen)
    {
        long? mark = seen is null ? null : long.Parse(seen, CultureInfo.InvariantCulture);
        if (tokens == 0 || isAhead)
        {
            mark.ShouldBe(_last + tokens, "the mark");
        }

        var first = (mark ?? 0) - tokens + 1;
        if (tokens > 0)
        {
            first.ShouldBeGreaterThan(_last ?? 0, "a token is larger than all before");
        }

        _last = mark;
        return first;
    }
}
