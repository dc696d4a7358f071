using System.Data;
using System.Data.Common;

namespace ConcurrentMutation.Stores.Relational;

/// <summary>The employee in a database server, over its ADO.NET driver.</summary>
/// <remarks>
/// A statement is never cancelled half-way: what became of it would be unknown. Those who wait for a row wait for at
/// most <see cref="SqlDialect.LockWaitSeconds"/>.
/// </remarks>
internal sealed class RelationalEmployeeStore : IEmployeeStore
{
    private const string Select = "SELECT email_address, first_name, last_name, version FROM employee WHERE email_address = @email";
    private const string SelectForUpdate = Select + " FOR UPDATE";
    private const string Update = "UPDATE employee SET first_name = @first, last_name = @last, version = version + 1 WHERE email_address = @email";
    private const string UpdateIfUnchanged = Update + " AND version = @version";

    private readonly SqlDialect dialect;
    private readonly DbConnection connection;

    private RelationalEmployeeStore(SqlDialect dialect, DbConnection connection)
    {
        this.dialect = dialect;
        this.connection = connection;
    }

    internal static async Task<IEmployeeStore> OpenAsync(SqlDialect dialect, string connectionString, CancellationToken cancellationToken)
    {
        var store = new RelationalEmployeeStore(dialect, dialect.Driver.CreateConnection()!);
        try
        {
            // A worker keeps its connection, and the settings of its session are nobody else's.
            store.connection.ConnectionString = new DbConnectionStringBuilder { ConnectionString = connectionString, ["Pooling"] = false }.ConnectionString;
            await store.ConnectAsync(cancellationToken);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public async Task CreateAsync(Employee employee, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await ExecuteAsync(dialect.CreateTable);
        await ExecuteAsync(
            dialect.InsertRow, ("@email", employee.EmailAddress), ("@first", employee.FirstName), ("@last", employee.LastName), ("@version", employee.Version));
    }

    public async Task<Employee> ReadAsync(string emailAddress, CancellationToken cancellationToken)
    {
        await ConnectAsync(cancellationToken);
        return await FindAsync(Select, emailAddress);
    }

    public async Task<Employee?> UpdateAsync(Employee changed, long? expectedVersion, CancellationToken cancellationToken)
    {
        await using var transaction = await BeginAsync(cancellationToken);
        return await UpdateAndCommitAsync(transaction, changed, expectedVersion);
    }

    public async Task<ILockedEmployee> LockAsync(string emailAddress, CancellationToken cancellationToken)
    {
        var transaction = await BeginAsync(cancellationToken);
        try
        {
            var employee = await FindAsync(SelectForUpdate, emailAddress, transaction);
            cancellationToken.ThrowIfCancellationRequested();
            return new LockedEmployee(this, transaction, employee);
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <summary>Opens the connection, and opens it again after the server has closed it.</summary>
    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (connection.State != ConnectionState.Open)
        {
            await connection.CloseAsync();
            await connection.OpenAsync(cancellationToken);
            await ExecuteAsync(dialect.Session);
        }
    }

    private async Task<DbTransaction> BeginAsync(CancellationToken cancellationToken)
    {
        await ConnectAsync(cancellationToken);
        return await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, CancellationToken.None);
    }

    /// <summary>The update locks the row until the commit: nobody can change it before it is read back.</summary>
    private async Task<Employee?> UpdateAndCommitAsync(DbTransaction transaction, Employee changed, long? expectedVersion)
    {
        await using var update = CreateCommand(
            expectedVersion is null ? Update : UpdateIfUnchanged,
            transaction,
            ("@email", changed.EmailAddress),
            ("@first", changed.FirstName),
            ("@last", changed.LastName));
        if (expectedVersion is { } version)
        {
            Add(update, "@version", version);
        }

        if (await TranslateAsync(update.ExecuteNonQueryAsync) == 0)
        {
            return null;
        }

        var written = await FindAsync(Select, changed.EmailAddress, transaction);
        await transaction.CommitAsync(CancellationToken.None);
        return written;
    }

    private async Task<Employee> FindAsync(string query, string emailAddress, DbTransaction? transaction = null)
    {
        await using var command = CreateCommand(query, transaction, ("@email", emailAddress));
        await using var reader = await TranslateAsync(command.ExecuteReaderAsync);
        return await reader.ReadAsync()
            ? new Employee(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3))
            : throw new InvalidDataException($"The employee {emailAddress} is gone.");
    }

    private async Task ExecuteAsync(string statement, params (string Name, object Value)[] parameters)
    {
        await using var command = CreateCommand(statement, transaction: null, parameters);
        await TranslateAsync(command.ExecuteNonQueryAsync);
    }

    private DbCommand CreateCommand(string statement, DbTransaction? transaction, params (string Name, object Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement;
        command.Transaction = transaction;
        foreach (var (name, value) in parameters)
        {
            Add(command, name, value);
        }

        return command;
    }

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }

    /// <summary>
    /// Executes a command. What is thrown instead of a deadlock or a time-out says the same for every driver.
    /// </summary>
    private async Task<T> TranslateAsync<T>(Func<Task<T>> execute)
    {
        try
        {
            return await execute();
        }
        catch (DbException exception) when (dialect.Classify(exception) is var fault and not SqlFault.Other)
        {
            throw fault == SqlFault.Deadlock ? new DeadlockException(exception) : new TimeoutException("The row stayed locked.", exception);
        }
    }

    private sealed class LockedEmployee(RelationalEmployeeStore store, DbTransaction transaction, Employee employee) : ILockedEmployee
    {
        public Employee Employee => employee;

        public Task<Employee?> UpdateAndCommitAsync(Employee changed, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return store.UpdateAndCommitAsync(transaction, changed, expectedVersion: null);
        }

        public ValueTask DisposeAsync() => transaction.DisposeAsync();
    }
}
