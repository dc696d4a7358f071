using System.Runtime.InteropServices;

namespace DistributedLocking.Engine.Leases;

/// <summary>
/// What a lease's renewals of unknown fate mean for it: they may still reach the store, however late, and cut the lease
/// to their own time to live, so no later deadline counts on more.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct UnknownRenewals
{
    // Zero while there are none. One word, which other threads read.
    private TimeSpan _least;
    private long? _connection;

    /// <summary>Whether there are any.</summary>
    internal readonly bool Exist => _least != TimeSpan.Zero;

    /// <summary>What of a time to live can be counted on.</summary>
    internal readonly TimeSpan Cut(TimeSpan timeToLive)
    {
        var least = _least;
        return least != TimeSpan.Zero && least < timeToLive ? least : timeToLive;
    }

    /// <summary>Another one.</summary>
    /// <param name="timeToLive">What it asked for.</param>
    /// <param name="connection">The connection that it went over, if that is known.</param>
    internal void Add(TimeSpan timeToLive, long? connection)
    {
        // Several of them are settled together, or not at all.
        _connection = Exist && _connection != connection ? null : connection;
        _least = Cut(timeToLive);
    }

    /// <summary>
    /// A renewal that was sent later was answered: those that went over the same connection can't reach the store any
    /// more.
    /// </summary>
    internal void Settle(long? connection)
    {
        if (connection is not null && connection == _connection)
        {
            (_least, _connection) = (TimeSpan.Zero, null);
        }
    }
}
