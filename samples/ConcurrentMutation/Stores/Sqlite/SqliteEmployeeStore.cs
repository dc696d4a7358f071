using Microsoft.Data.Sqlite;

namespace ConcurrentMutation.Stores.Sqlite;

/// <summary>The employee in an SQLite file that the worker processes share.</summary>
internal sealed class SqliteEmployeeStore : IEmployeeStore
{
    private readonly SqliteConnection connection;
    private readonly SqliteCommand read;
    private readonly SqliteCommand update;

    private SqliteEmployeeStore(SqliteConnection connection)
    {
        this.connection = connection;

        read = connection.CreateCommand();
        read.CommandText = "SELECT email_address, first_name, last_name, version FROM employee WHERE email_address = $email";
        read.Parameters.Add("$email", SqliteType.Text);

        update = connection.CreateCommand();
        update.CommandText =
            """
            UPDATE employee SET first_name = $first, last_name = $last, version = version + 1
            WHERE email_address = $email AND ($expected IS NULL OR version = $expected)
            RETURNING email_address, first_name, last_name, version
            """;
        update.Parameters.Add("$email", SqliteType.Text);
        update.Parameters.Add("$first", SqliteType.Text);
        update.Parameters.Add("$last", SqliteType.Text);
        update.Parameters.Add("$expected", SqliteType.Integer);
    }

    internal static async Task<IEmployeeStore> OpenAsync(string path, CancellationToken cancellationToken)
    {
        SQLitePCL.Batteries_V2.Init();
        var opened = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            await opened.OpenAsync(cancellationToken);

            // The demo compares ways to coordinate, not disks: with this setting a commit does not wait for the disk.
            Execute(opened, "PRAGMA synchronous = NORMAL");
            return new SqliteEmployeeStore(opened);
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    public async Task CreateAsync(Employee employee, CancellationToken cancellationToken)
    {
        // The mode is kept in the file: with a write-ahead log readers and the writer don't block each other.
        Execute(connection, "PRAGMA journal_mode = WAL");
        using var transaction = await SqliteWriteTransaction.BeginAsync(connection, cancellationToken);
        Execute(
            connection,
            "CREATE TABLE IF NOT EXISTS employee (email_address TEXT PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL, version INTEGER NOT NULL)");

        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT OR IGNORE INTO employee VALUES ($email, $first, $last, $version)";
        insert.Parameters.AddWithValue("$email", employee.EmailAddress);
        insert.Parameters.AddWithValue("$first", employee.FirstName);
        insert.Parameters.AddWithValue("$last", employee.LastName);
        insert.Parameters.AddWithValue("$version", employee.Version);
        await insert.ExecuteNonQueryAsync(cancellationToken);
        transaction.Commit();
    }

    public Task<Employee> ReadAsync(string emailAddress, CancellationToken cancellationToken) => Task.FromResult(Read(emailAddress));

    public async Task<Employee?> UpdateAsync(Employee changed, long? expectedVersion, CancellationToken cancellationToken)
    {
        using var transaction = await SqliteWriteTransaction.BeginAsync(connection, cancellationToken);
        var employee = Update(changed, expectedVersion);
        transaction.Commit();
        return employee;
    }

    public async Task<ILockedEmployee> LockAsync(string emailAddress, CancellationToken cancellationToken)
    {
        var transaction = await SqliteWriteTransaction.BeginAsync(connection, cancellationToken);
        try
        {
            return new LockedEmployee(this, transaction, Read(emailAddress));
        }
        catch
        {
            transaction.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await read.DisposeAsync();
        await update.DisposeAsync();
        await connection.DisposeAsync();
    }

    private Employee Read(string emailAddress)
    {
        read.Parameters["$email"].Value = emailAddress;
        return Query(read) ?? throw new InvalidDataException($"The employee {emailAddress} is gone.");
    }

    private Employee? Update(Employee changed, long? expectedVersion)
    {
        update.Parameters["$email"].Value = changed.EmailAddress;
        update.Parameters["$first"].Value = changed.FirstName;
        update.Parameters["$last"].Value = changed.LastName;
        update.Parameters["$expected"].Value = expectedVersion ?? (object)DBNull.Value;
        return Query(update);
    }

    private static Employee? Query(SqliteCommand command)
    {
        using var reader = command.ExecuteReader();
        return reader.Read() ? new Employee(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3)) : null;
    }

    private static void Execute(SqliteConnection connection, string statement)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    private sealed class LockedEmployee(SqliteEmployeeStore store, SqliteWriteTransaction transaction, Employee employee) : ILockedEmployee
    {
        public Employee Employee => employee;

        public Task<Employee?> UpdateAndCommitAsync(Employee changed, CancellationToken cancellationToken)
        {
            var updated = store.Update(changed, expectedVersion: null);
            transaction.Commit();
            return Task.FromResult(updated);
        }

        public ValueTask DisposeAsync()
        {
            transaction.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
