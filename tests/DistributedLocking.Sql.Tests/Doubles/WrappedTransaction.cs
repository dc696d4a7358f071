using System.Data;
using System.Data.Common;

namespace DistributedLocking.Sql.Tests.Doubles;

/// <summary>A transaction as a profiler wraps it: its connection does not show what the driver is.</summary>
internal sealed class WrappedTransaction(DbTransaction inner, DbConnection connection) : DbTransaction
{
    internal DbTransaction Inner => inner;

    public override IsolationLevel IsolationLevel => inner.IsolationLevel;

    protected override DbConnection? DbConnection => inner.Connection is null ? null : connection;

    public override void Commit() => inner.Commit();

    public override void Rollback() => inner.Rollback();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
