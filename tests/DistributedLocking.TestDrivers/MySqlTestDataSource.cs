using System.Data.Common;
#if MYSQLCONNECTOR
using MySqlConnector;
#else
using DistributedLocking.TestDrivers.Offloading;
#endif

namespace DistributedLocking.TestDrivers;

/// <summary>
/// The MySQL driver of the tests. With <c>-p:MySqlDriver=MySqlConnector</c> it is MySqlConnector itself. Else, where the package mirror lacks it, it is a
/// TEST DOUBLE: MySql.Data made to behave like MySqlConnector in what the lock provider relies on. Not for production.
/// </summary>
/// <remarks>
/// What the double makes up for: MySql.Data blocks the thread of asynchronous calls, ends no wait when its token is cancelled before the server answers,
/// hides a statement that was killed (error 1317), believes in a connection that the server has ended with an error, and its pool rolls back what
/// MySqlConnector's leaves open.
/// </remarks>
public static class MySqlTestDataSource
{
    /// <summary>Makes a data source.</summary>
    /// <param name="connectionString">An ADO.NET connection string that both drivers understand.</param>
    /// <returns>The data source, which the caller disposes of.</returns>
    public static DbDataSource Create(string connectionString) =>
#if MYSQLCONNECTOR
        MySqlConnectorFactory.Instance.CreateDataSource(connectionString);
#else
        new OffloadedDataSource(connectionString);
#endif
}
