using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Leases;

/// <summary>
/// Proposes fencing tokens for <see cref="SqlStatements.RetakeLease"/>, for keys whose last full statement was granted here. A proposal is an estimate of
/// the database's clock: what that statement's answer said, and the monotonic time since the statement was sent. So it is ahead of the clock by the
/// statement's way there, and behind it only if the database's clock is set on before the next full statement.
/// </summary>
/// <remarks>
/// <para>Tokens rise however wrong an estimate is: the statement compares it with the row's mark, which outlives the holder. One that is behind the mark costs
/// the full statement. One that is ahead leaves a mark ahead of the clock, which the full statement counts on from, and whose row is not deleted before the
/// clock has passed it.</para>
/// <para>Ahead rather than behind, since a row lock, of a user that keeps to the other mode, has the clock for its token and stores no mark.</para>
/// </remarks>
internal sealed class TokenProposals(TimeProvider time)
{
    /// <summary>How long an answer is counted on from.</summary>
    internal static readonly TimeSpan LongestAge = TimeSpan.FromMinutes(1);

    /// <summary>The database's clock may be faster than ours by a thousandth, more than clocks are slewed by.</summary>
    private const long Drift = 1000;

    /// <summary>Keys that share a place, or even a hash, cost each other statements and nothing else.</summary>
    private readonly Grant?[] _grants = new Grant?[1024];

    /// <summary>The first token to propose for a key; null when the full statement is better.</summary>
    internal long? First(string key)
    {
        var hash = key.GetHashCode(StringComparison.Ordinal);
        if (Volatile.Read(ref Place(hash)) is not { } grant || grant.Hash != hash)
        {
            return null;
        }

        var age = time.GetElapsedTime(grant.SentAt);
        if (age < TimeSpan.Zero || age > LongestAge)
        {
            return null;
        }

        var microseconds = DatabaseTime.Microseconds(age);
        return grant.Now + microseconds + (microseconds / Drift);
    }

    /// <summary>
    /// Notes what the full statement, sent at a timestamp, came to. A key that somebody else holds, or whose mark is ahead of the clock, is left to it: a waiter
    /// polls with one statement, not two.
    /// </summary>
    internal void Note(string key, LeaseState lease, int tokens, long sentAt)
    {
        var hash = key.GetHashCode(StringComparison.Ordinal);
        ref var place = ref Place(hash);
        if (lease.Now is { } now && lease.Token < now + tokens)
        {
            Volatile.Write(ref place, new Grant(hash, now, sentAt));
        }
        else if (Volatile.Read(ref place)?.Hash == hash)
        {
            Volatile.Write(ref place, null);
        }
    }

    private ref Grant? Place(int hash) => ref _grants[(uint)hash % _grants.Length];

    private sealed record Grant(int Hash, long Now, long SentAt);
}
