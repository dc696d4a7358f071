using System.Security.Cryptography;
using DistributedLocking.Sql.Connections;

namespace DistributedLocking.Sql.Tables;

/// <summary>
/// The right to clean up the table, which one process has at a time: a lease on a row of the table, whatever the mode
/// of its locks is.
/// </summary>
internal sealed class CleanUpClaim(SqlDatabase database)
{
    /// <summary>The key of no lock: those begin with the length of their prefix, or are hashed.</summary>
    internal static readonly byte[] Key = ":clean-up"u8.ToArray();

    private readonly string _owner = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private long _takenAt;

    /// <summary>Takes the claim, or keeps it for longer. False when another process has it.</summary>
    internal async Task<bool> TakeAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        var takenAt = database.Time.GetTimestamp();
        var lease = await database.RunAsync(
            (session, token) => session.QueryAsync(
                session.Statements.AcquireLease,
                command => command.SetLease(Key, _owner, tokens: 1, timeToLive),
                database.LockDialect.ReadLeaseAsync,
                token),
            cancellationToken).ConfigureAwait(false);
        _takenAt = takenAt;
        return lease.Token is not null;
    }

    /// <summary>Renews the claim when half of it is over. False when another process has it.</summary>
    internal Task<bool> KeepAsync(TimeSpan timeToLive, CancellationToken cancellationToken) =>
        database.Time.GetElapsedTime(_takenAt) < timeToLive / 2 ? Task.FromResult(true) : TakeAsync(timeToLive, cancellationToken);
}
