using System.Globalization;
using DistributedLocking.Etcd.Connections;
using DistributedLocking.Etcd.Keys;
using DistributedLocking.Etcd.Protocol;
using Google.Protobuf;

namespace DistributedLocking.Etcd.Fencing;

/// <summary>
/// What fencing tokens are counted from: a token is the base and so many for each revision of the cluster, of which
/// every grant has its own. The base is kept in etcd, near the clock, so that tokens are of the size that other stores
/// give, and rise when revisions have fallen.
/// </summary>
internal sealed class TokenBase(EtcdConnection connection, LockNames names)
{
    /// <summary>How many tokens a revision has: one for each caller that a lock is handed on to.</summary>
    internal const int TokensEach = 32;

    /// <summary>How far tokens may be behind the clock.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    private long _newest;
    private volatile bool _isRaised;

    /// <summary>Raises the base where it is behind, once, and again when revisions have fallen.</summary>
    internal async ValueTask EnsureAsync(CancellationToken cancellationToken)
    {
        while (!_isRaised)
        {
            var found = await connection.RunAsync(new TxnRequest { Success = { Operations.Get(names.TokenBase, keyOnly: false) } }, cancellationToken).ConfigureAwait(false);
            var known = found.Responses[0].ResponseRange.Kvs is [var one, ..] ? one : null;
            var wanted = Microseconds() - (found.Header.Revision * TokensEach);
            if (known is not null && wanted - Parse(known) <= Slack.TotalMicroseconds && Clock(known, found.Header.Revision) >= Newest)
            {
                _isRaised = true;
                return;
            }

            var raised = Math.Max(wanted, Newest + 1 - (found.Header.Revision * TokensEach));
            var put = new TxnRequest
            {
                Compare = { Operations.IsWritten(names.TokenBase, known?.ModRevision ?? 0) },
                Success = { Operations.Put(names.TokenBase, ByteString.CopyFromUtf8(raised.ToString(CultureInfo.InvariantCulture))) },
            };
            _isRaised = (await connection.RunAsync(put, cancellationToken).ConfigureAwait(false)).Succeeded;
        }
    }

    /// <summary>The newest token of the cluster that an answer has told of. To be read before a request is sent.</summary>
    internal long Newest => Volatile.Read(ref _newest);

    /// <summary>
    /// Reads the base in the answer to a request. Null when tokens have fallen since that was sent: the cluster has
    /// lost data, and the base has to be raised first.
    /// </summary>
    internal long? Read(RangeResponse answer, long revision, long newestWhenSent)
    {
        if (answer.Kvs is not [var known, ..] || Clock(known, revision) is var clock && clock < newestWhenSent)
        {
            Log.RevisionsFell(connection.Logger);
            _isRaised = false;
            return null;
        }

        Connections.Newest.Raise(ref _newest, clock);
        return Parse(known);
    }

    /// <summary>The first token of a grant that was created at a revision, by the base that was found.</summary>
    internal static long? Token(RangeResponse tokenBase, long revision) => tokenBase.Kvs is [var known, ..] ? Token(Parse(known), revision) : null;

    /// <summary>The first token of a grant that was created at a revision.</summary>
    internal static long Token(long tokenBase, long revision) => tokenBase + (revision * TokensEach);

    private static long Clock(KeyValue known, long revision) => Token(Parse(known), revision);

    private static long Parse(KeyValue known) => long.Parse(known.Value.Span, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private long Microseconds() => (connection.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
