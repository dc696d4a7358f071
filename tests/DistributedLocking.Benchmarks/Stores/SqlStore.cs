using System.Data.Common;
using System.Globalization;
using DistributedLocking.Benchmarks.Subjects;
using DistributedLocking.Benchmarks.Subjects.Sql;
using DistributedLocking.Sql;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedLocking.Benchmarks.Stores;

/// <summary>A database. The bare driver works on tables of the same shape as the lock's.</summary>
/// <param name="server">The server.</param>
/// <param name="variable">The environment variable that names it.</param>
/// <param name="observer">A connection that is nobody else's.</param>
/// <param name="dialect">The package's dialect.</param>
internal abstract class SqlStore(DatabaseServer server, string variable, DbConnection observer, SqlLockDialect dialect) : Store
{
    private const string RowLock = "row-lock";

    private readonly List<SqlTable> _tables = [];

    internal override IReadOnlyList<string> Modes => [RowLock, "lease"];

    internal override IReadOnlyList<int> UncontendedCallers => [1, 16];

    internal override KeyValuePair<string, string> Address => new(variable, ConnectionString);

    internal override string Description =>
        $"{observer.GetType().Assembly.GetName() switch { var name => $"{name.Name} {name.Version}" }}, {dialect.Dialect.Name} {observer.ServerVersion}";

    protected override ServerProcess Server => server;

    protected string ConnectionString => Network is { } network ? server.Through(network) : server.ConnectionString;

    /// <summary>Counts the sessions of clients, but for the one that asks.</summary>
    protected abstract string CountSessions { get; }

    internal override async Task<IReadOnlyList<ILockSubject>> CreateSubjectsAsync(string mode)
    {
        var lockMode = Parse(mode);
        var rawTable = Table("raw", mode);
        await CreateTableAsync(rawTable, lockMode);
        var raw = RawStatements(dialect.Dialect.Quote(rawTable));
        var equalWork = await CreateTableAsync(Table("equal_work", mode), lockMode);
        ILockSubject[] bare = lockMode == SqlLockMode.RowLock
            ? [new RawRowLock(CreateDataSource(), raw), new EqualWorkRowLock(CreateDataSource(), dialect, equalWork)]
            : [new RawLease(CreateDataSource(), raw), new EqualWorkLease(CreateDataSource(), dialect, equalWork)];
        return
        [
            .. bare,
            new LockSubject(CreateLock(new LockUse(mode)), byDispose: false),
            new LockSubject(CreateLock(new LockUse(mode)), byDispose: true),
            .. CreatePeers(lockMode),
            new RawNamedLock(CreateDataSource(), raw),
        ];
    }

    /// <summary>A row lock, and a reader in that mode, takes a connection.</summary>
    internal override int MostHeld(string mode) => Parse(mode) == SqlLockMode.RowLock ? 20 : int.MaxValue;

    internal override ServiceProvider CreateLock(LockUse use)
    {
        var services = new ServiceCollection();
        AddLock(services, options =>
        {
            options.Mode = Parse(use.Mode);
            HandOver.Apply(options, use.HandOver);
        });
        return services.BuildServiceProvider();
    }

    internal override async Task<int> CountConnectionsAsync()
    {
        await using var command = observer.Command(CountSessions);
        return Convert.ToInt32(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    public override async ValueTask DisposeAsync()
    {
        await using (server)
        await using (observer)
        {
            foreach (var table in _tables)
            {
                await ExecuteAsync($"DROP TABLE {dialect.Dialect.Quote(table)}");
            }
        }
    }

    /// <summary>Connects to a server, which is disposed of when that fails.</summary>
    protected static async Task<DbConnection> ObserveAsync(DatabaseServer server, DbConnection connection)
    {
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A pool of the driver.</summary>
    protected abstract DbDataSource CreateDataSource();

    protected abstract RawStatements RawStatements(string table);

    /// <summary>
    /// Registers the lock on <see cref="ConnectionString"/>, with the options that all dialects have set by <paramref
    /// name="configure"/>.
    /// </summary>
    protected abstract void AddLock(IServiceCollection services, Action<SqlLockOptions> configure);

    /// <summary>Other packages' locks, the best first.</summary>
    protected virtual IEnumerable<ILockSubject> CreatePeers(SqlLockMode mode) => [];

    private static SqlLockMode Parse(string mode) => mode == RowLock ? SqlLockMode.RowLock : SqlLockMode.Lease;

    // New ones in each run, so that the rows of one that was killed are not in the way.
    private static SqlTable Table(string use, string mode) => new(null, $"benchmark_{use}_{mode}_{Environment.ProcessId}");

    private async Task<SqlStatements> CreateTableAsync(SqlTable table, SqlLockMode mode)
    {
        var statements = await dialect.DescribeAsync(observer, table, mode, NullLogger.Instance, CancellationToken.None);
        await ExecuteAsync(dialect.Dialect.CreateLockTable(table));
        if (!_tables.Contains(table))
        {
            _tables.Add(table);
        }

        return statements;
    }

    private async Task ExecuteAsync(string text)
    {
        await using var command = observer.Command(text);
        await command.ExecuteNonQueryAsync();
    }
}
