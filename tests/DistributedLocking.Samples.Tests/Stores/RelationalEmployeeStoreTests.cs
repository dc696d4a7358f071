using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using ConcurrentMutation.Figures;
using ConcurrentMutation.Mutations;
using ConcurrentMutation.Options;
using ConcurrentMutation.Stages;
using ConcurrentMutation.Stores;
using ConcurrentMutation.Stores.Relational;
using DistributedLocking.Samples.Tests.Databases;

namespace DistributedLocking.Samples.Tests.Stores;

/// <summary>What the stages rely on, on a real server.</summary>
public abstract class RelationalEmployeeStoreTests(DatabaseFixture database)
{
    private static readonly DemoOptions Options = new OptionsBinder(_ => null, _ => null).Bind();

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Creating_keeps_what_is_there()
    {
        await using var store = await OpenAsync();
        var employee = await CreateAsync(store);
        var written = await store.UpdateAsync(employee with { LastName = "Byron" }, expectedVersion: null, Token);

        await store.CreateAsync(employee, Token);

        (await store.ReadAsync(employee.EmailAddress, Token)).ShouldBe(employee with { LastName = "Byron", Version = 2 });
        written.ShouldBe(employee with { LastName = "Byron", Version = 2 });
    }

    [Fact]
    public async Task Many_create_at_the_same_time()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => OpenAsync()));
        await AdministerAsync("DROP TABLE IF EXISTS employee");

        await Task.WhenAll(stores.Select(store => Task.Run(() => store.CreateAsync(Employee.Initial, Token), Token)));

        (await stores[0].ReadAsync(Employee.Initial.EmailAddress, Token)).ShouldBe(Employee.Initial);
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_version_of_a_write_tells_of_writes_in_between()
    {
        await using var store = await OpenAsync();
        var read = await CreateAsync(store);
        await store.UpdateAsync(read, expectedVersion: null, Token);

        var written = await store.UpdateAsync(read, expectedVersion: null, Token);

        Work.Compare(read, written).ShouldBe(MutationOutcome.Inconsistent);
    }

    [Fact]
    public async Task A_write_is_refused_when_the_version_is_not_the_one_read()
    {
        await using var store = await OpenAsync();
        var read = await CreateAsync(store);
        var current = await store.UpdateAsync(read, read.Version, Token);

        (await store.UpdateAsync(read with { LastName = "Stale" }, read.Version, Token)).ShouldBeNull();

        (await store.ReadAsync(read.EmailAddress, Token)).ShouldBe(current);
    }

    [Fact]
    public async Task Nobody_else_writes_a_locked_row()
    {
        await using var holder = await OpenAsync();
        await using var other = await OpenAsync();
        var employee = await CreateAsync(holder);

        await using (var row = await holder.LockAsync(employee.EmailAddress, Token))
        {
            await Should.ThrowAsync<TimeoutException>(() => other.UpdateAsync(employee with { LastName = "Intruder" }, expectedVersion: null, Token));
            await Should.ThrowAsync<TimeoutException>(() => other.LockAsync(employee.EmailAddress, Token));
            (await row.UpdateAndCommitAsync(employee with { LastName = "Holder" }, Token)).ShouldBe(employee with { LastName = "Holder", Version = 2 });
        }

        // The one that timed out has left no transaction behind.
        await using var next = await other.LockAsync(employee.EmailAddress, Token);
        next.Employee.ShouldBe(employee with { LastName = "Holder", Version = 2 });
    }

    [Fact]
    public async Task Disposing_a_locked_row_frees_it_unchanged()
    {
        await using var first = await OpenAsync();
        await using var second = await OpenAsync();
        var employee = await CreateAsync(first);

        await (await first.LockAsync(employee.EmailAddress, Token)).DisposeAsync();

        await using var row = await second.LockAsync(employee.EmailAddress, Token);
        row.Employee.ShouldBe(employee);
    }

    [Fact]
    public async Task A_killed_session_is_an_error_and_then_replaced()
    {
        var driver = new RecordingDriver(database.Dialect.Driver);
        await using var store = await RelationalEmployeeStore.OpenAsync(database.Dialect with { Driver = driver }, database.Server.ConnectionString, Token);
        var employee = await CreateAsync(store);
        var session = await QueryAsync(driver.Connection!, database.SessionQuery);
        await using (var row = await store.LockAsync(employee.EmailAddress, Token))
        {
            await AdministerAsync(database.Kill(session));
            var exception = await Should.ThrowAsync<DbException>(() => row.UpdateAndCommitAsync(employee, Token));
            ErrorCause.Of(exception).ShouldBe("database failed");
        }

        (await store.UpdateAsync(employee, employee.Version, Token))!.Version.ShouldBe(2);
    }

    [Fact]
    public async Task A_deadlock_is_retried_and_counted()
    {
        await using var first = await OpenAsync();
        await using var second = await OpenAsync();
        var (ada, bob) = (await CreateAsync(first), await CreateAsync(second));
        var meeting = new Meeting(participants: 2);
        CrossingMutation[] mutations = [new(first, ada, bob, meeting), new(second, bob, ada, meeting)];
        using var run = new StageRun(Options with { Duration = TimeSpan.FromMinutes(5), Interval = TimeSpan.FromMilliseconds(1) }, Stage.All[3], mutations);

        var running = run.RunAsync(TimeProvider.System.GetTimestamp());
        await Task.WhenAny(Task.WhenAll(mutations.Select(mutation => mutation.Done)), running).WaitAsync(Patience, TimeProvider.System, Token);
        run.Stop();
        await running;

        var figures = run.ReadFigures();
        figures.Sum(worker => worker.Deadlocks).ShouldBe(1);
        figures.ShouldAllBe(worker => worker.Mutations == 1 && worker.Errors == 0);
        (await first.ReadAsync(ada.EmailAddress, Token)).Version.ShouldBe(2);
        (await first.ReadAsync(bob.EmailAddress, Token)).Version.ShouldBe(2);
    }

    private Task<IEmployeeStore> OpenAsync() => RelationalEmployeeStore.OpenAsync(database.Dialect, database.Server.ConnectionString, Token);

    private async Task AdministerAsync(string statement)
    {
        await using var connection = database.Dialect.Driver.CreateConnection()!;
        connection.ConnectionString = database.Server.ConnectionString;
        await connection.OpenAsync(Token);
        await QueryAsync(connection, database.Dialect.Session);
        await QueryAsync(connection, statement);
    }

    private static async Task<string> QueryAsync(DbConnection connection, string query)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = query;
        return Convert.ToString(await command.ExecuteScalarAsync(Token), CultureInfo.InvariantCulture)!;
    }

    /// <summary>A row of the test's own.</summary>
    private static async Task<Employee> CreateAsync(IEmployeeStore store)
    {
        var employee = Employee.Initial with { EmailAddress = $"{RandomNumberGenerator.GetHexString(16)}@example.org" };
        await store.CreateAsync(employee, Token);
        return employee;
    }

    /// <summary>Locks one row and then writes another.</summary>
    private sealed class CrossingMutation(IEmployeeStore store, Employee locked, Employee written, Meeting meeting) : IMutation
    {
        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool isWritten;

        public Task Done => done.Task;

        public async Task<MutationOutcome> RunAsync(TimeSpan work, CancellationToken cancellationToken)
        {
            if (isWritten)
            {
                // The one before has been counted by now.
                done.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            await using var row = await store.LockAsync(locked.EmailAddress, cancellationToken);
            await meeting.ArriveAsync();
            await row.UpdateAndCommitAsync(written, cancellationToken);
            isWritten = true;
            return MutationOutcome.Consistent;
        }
    }
}

[Collection<MySqlGroup>]
public sealed class MySqlEmployeeStoreTests(MySqlFixture database) : RelationalEmployeeStoreTests(database);

[Collection<PostgreSqlGroup>]
public sealed class PostgreSqlEmployeeStoreTests(PostgreSqlFixture database) : RelationalEmployeeStoreTests(database);
