using System.Data.Common;

namespace DistributedLocking.Sql.Tests.Doubles;

/// <summary>
/// Leads to another server when it is told to, as an address does after a fail-over. Connections that are open stay
/// where they are.
/// </summary>
internal sealed class SwitchedDataSource(DbDataSource first, string connectionString) : DbDataSource
{
    /// <summary>Where new connections lead.</summary>
    internal DbDataSource Current { get; set; } = first;

    public override string ConnectionString => connectionString;

    protected override DbConnection CreateDbConnection() => Current.CreateConnection();
}
