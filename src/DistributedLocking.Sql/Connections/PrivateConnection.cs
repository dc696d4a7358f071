using System.Data.Common;
using System.Transactions;

namespace DistributedLocking.Sql.Connections;

/// <summary>
/// Opens connections that take no part in the caller's <see cref="TransactionScope"/>, where a driver would enlist them
/// by itself.
/// </summary>
public static class PrivateConnection
{
    /// <summary>Opens a connection.</summary>
    /// <param name="dataSource">Where it comes from.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <returns>The open connection.</returns>
    public static async ValueTask<DbConnection> OpenAsync(DbDataSource dataSource, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        using var driver = new DriverCancellation(cancellationToken);
        using var none = LeaveScope();
        return await dataSource.OpenConnectionAsync(driver.Token).ConfigureAwait(false);
    }

    /// <summary>Opens a connection that is closed.</summary>
    internal static async Task OpenAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        using var driver = new DriverCancellation(cancellationToken);
        using var none = LeaveScope();
        await connection.OpenAsync(driver.Token).ConfigureAwait(false);
    }

    private static TransactionScope? LeaveScope() =>
        Transaction.Current is null ? null : new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
}
