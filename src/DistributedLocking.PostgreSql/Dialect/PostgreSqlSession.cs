using System.Data.Common;
using Npgsql;

namespace DistributedLocking.PostgreSql.Dialect;

/// <summary>What a connection turns out to be.</summary>
/// <param name="IsDirect">
/// Whether it is one session of the server's, which can remember prepared statements. A pooler in between (PgBouncer)
/// gives out a process number that is not the server's; <see cref="Multiplexing"/> has no session for a caller.
/// </param>
/// <param name="IsReadCommitted">
/// Whether that is the isolation level of statements without a transaction, for this user of this database.
/// </param>
/// <param name="LimitsTransactions">
/// Whether the server knows a limit on the age of a transaction (PostgreSQL 17 and later).
/// </param>
internal sealed record PostgreSqlSession(bool IsDirect, bool IsReadCommitted, bool LimitsTransactions)
{
    internal static async ValueTask<PostgreSqlSession> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = "SELECT pg_backend_pid(), current_setting('default_transaction_isolation'), current_setting('transaction_timeout', true) IS NOT NULL";
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var session = new PostgreSqlSession(
                    !Multiplexing.IsOn(connection) && connection is NpgsqlConnection { ProcessID: var process } && process == reader.GetInt32(0),
                    reader.GetString(1) is "read committed",
                    reader.GetBoolean(2));

                // To the end, since an error may follow.
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                return session;
            }
        }
    }
}
