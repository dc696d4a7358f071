using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace DistributedLocking.MySql;

/// <summary>Finds the driver that the application has, so that this package needs no particular one.</summary>
internal static class MySqlDriver
{
    internal const string Missing = "Add the package MySqlConnector, or register or give a DbDataSource.";

    // The names are literal, so that trimming keeps the types and their fields.

    /// <summary>The type that MySqlConnector registers its data sources with; null without that driver.</summary>
    internal static Type? DataSourceType => Type.GetType("MySqlConnector.MySqlDataSource, MySqlConnector");

    /// <summary>The driver's factory; null when the application has none.</summary>
    internal static DbProviderFactory? Find() =>
        Instance(Type.GetType("MySqlConnector.MySqlConnectorFactory, MySqlConnector"))
        ?? Instance(Type.GetType("MySql.Data.MySqlClient.MySqlClientFactory, MySql.Data"));

    /// <summary>Makes a data source of the driver.</summary>
    /// <exception cref="InvalidOperationException">The application has no driver.</exception>
    internal static DbDataSource CreateDataSource(string connectionString) =>
        (Find() ?? throw new InvalidOperationException($"There is no MySQL driver. {Missing}")).CreateDataSource(connectionString);

    /// <summary>
    /// Whether the pool that a connection is from puts back the session's settings before anybody gets it again. MySqlConnector does, unless told not to; of
    /// another driver, or of a wrapper, it is not known.
    /// </summary>
    internal static bool ResetsSessions(DbConnection connection) =>
        connection.GetType().FullName is "MySqlConnector.MySqlConnection" && ResetsSessions(connection.ConnectionString);

    /// <summary>Whether MySqlConnector resets the sessions of this connection string.</summary>
    internal static bool ResetsSessions(string connectionString)
    {
        var settings = new DbConnectionStringBuilder { ConnectionString = connectionString };
        return (!settings.TryGetValue("Connection Reset", out var value) && !settings.TryGetValue("ConnectionReset", out value))
            || ((string[])["true", "yes", "1"]).Contains((string)value, StringComparer.OrdinalIgnoreCase);
    }

    private static DbProviderFactory? Instance([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields)] Type? factory) =>
        factory?.GetField("Instance", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as DbProviderFactory;
}
