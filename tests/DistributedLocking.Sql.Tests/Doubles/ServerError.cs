using System.Data.Common;

namespace DistributedLocking.Sql.Tests.Doubles;

/// <summary>An error of a server as drivers report it: PostgreSQL's by its SQLSTATE, MySQL's by its number.</summary>
internal sealed class ServerError : DbException
{
    internal ServerError(string? sqlState, int number, Exception? inner = null)
        : base("The server's own text.", inner)
    {
        SqlState = sqlState;
        Data["Server Error Code"] = number;
    }

    public override string? SqlState { get; }

    internal static ServerError Deadlock() => new("40P01", 1213);
}
