using System.Data.Common;

namespace ConcurrentMutation.Stores.Relational;

/// <summary>
/// Where the databases differ. The statements that are the same everywhere are in
/// <see cref="RelationalEmployeeStore"/>.
/// </summary>
/// <param name="Driver">The ADO.NET driver.</param>
/// <param name="Session">The settings of a session.</param>
/// <param name="CreateTable">Creates the table unless it exists.</param>
/// <param name="InsertRow">Inserts the employee of the parameters unless he exists.</param>
/// <param name="Classify">What an error of the driver means.</param>
internal sealed record SqlDialect(DbProviderFactory Driver, string Session, string CreateTable, string InsertRow, Func<DbException, SqlFault> Classify)
{
    /// <summary>
    /// How long a statement waits for a row that somebody else has locked. Shorter than a stage, so that it is seen in
    /// the figures.
    /// </summary>
    internal const int LockWaitSeconds = 5;
}
