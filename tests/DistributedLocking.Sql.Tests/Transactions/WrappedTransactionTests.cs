using System.Data;
using System.Data.Common;
using DistributedLocking.Sql.Tests.Doubles;
using DistributedLocking.Sql.Transactions;

namespace DistributedLocking.Sql.Tests.Transactions;

public sealed class PostgreSqlWrappedTransactionTests(PostgreSqlTestDatabase database) : WrappedTransactionTests(database)
{
    [Fact]
    public async Task A_database_of_another_kind_is_refused_by_name()
    {
        var schema = TestDatabase.NewName("other");
        await Database.ReadAsync($"CREATE SCHEMA {schema}");
        await Database.ReadAsync($"CREATE FUNCTION {schema}.version() RETURNS text LANGUAGE sql AS $$SELECT 'OtherSQL 1.0'$$");
        await using var wrapped = await BeginAsync();
        await wrapped.Transaction.ReadAsync($"SET LOCAL search_path = {schema}, pg_catalog");

        var error = await Should.ThrowAsync<NotSupportedException>(wrapped.Transaction.AcquireLockAsync(Key, cancellationToken: Cancellation));

        error.Message.ShouldContain("RecordingConnection");
        error.Message.ShouldContain("Name its dialect in the options");
    }
}

public sealed class MySqlWrappedTransactionTests(MySqlTestDatabase database) : WrappedTransactionTests(database);

/// <summary>Which database a transaction is of, where the driver's type does not say it.</summary>
public abstract class WrappedTransactionTests(TestDatabase database)
{
    private const string Question = "SELECT version()";

    private protected TestDatabase Database => database;

    private protected string Key { get; } = TestDatabase.NewName("key");

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_server_behind_a_wrapped_connection_is_asked_and_the_lock_excludes()
    {
        await using var wrapped = await BeginAsync();
        await using var other = await database.BeginAsync();

        var token = await wrapped.Transaction.AcquireLockAsync(Key, cancellationToken: Cancellation);
        await wrapped.Transaction.EnsureCurrentAsync(Key, token, cancellationToken: Cancellation);

        (await other.TryAcquireAsync(Key)).ShouldBeNull();
        wrapped.Commands.Count(text => text == Question).ShouldBe(2, "one for each call");
        await wrapped.Transaction.CommitAsync(Cancellation);
        (await other.TryAcquireAsync(Key)).ShouldNotBeNull().ShouldBeGreaterThan(token);
        await Should.ThrowAsync<StaleFencingTokenException>(other.EnsureCurrentAsync(Key, token - 1));
    }

    [Fact]
    public async Task Nothing_is_asked_where_the_options_name_the_dialect()
    {
        await using var wrapped = await BeginAsync();

        var token = await wrapped.Transaction.AcquireLockAsync(Key, new SqlTransactionLockOptions { Dialect = database.Dialect }, Cancellation);
        await wrapped.Transaction.EnsureCurrentAsync(Key, token, new SqlFencingOptions { Dialect = database.Dialect }, Cancellation);

        wrapped.Commands.ShouldNotContain(text => text == Question);
    }

    [Fact]
    public async Task Nothing_is_asked_where_the_drivers_own_type_says_it()
    {
        await using var connection = database.Source.CreateConnection();

        TransactionDialect.Of(connection).ShouldBe(database.Dialect);
    }

    [Fact]
    public async Task A_question_without_an_answer_is_a_failure()
    {
        await using var wrapped = await BeginAsync(text => text == Question ? ServerError.Deadlock() : null);

        await Should.ThrowAsync<DistributedLockUnavailableException>(wrapped.Transaction.TryAcquireLockAsync(Key, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task A_transaction_that_has_ended_is_not_asked()
    {
        await using var wrapped = await BeginAsync();
        await wrapped.Transaction.CommitAsync(Cancellation);

        await Should.ThrowAsync<ArgumentException>(wrapped.Transaction.AcquireLockAsync(Key, cancellationToken: Cancellation));

        wrapped.Commands.ShouldBeEmpty();
    }

    private protected async Task<Wrapped> BeginAsync(Func<string, Exception?>? fault = null)
    {
        var recorder = new RecordingDataSource(database.Source) { Fault = fault ?? (_ => null) };
        var connection = await recorder.OpenConnectionAsync(Cancellation);
        var inner = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, Cancellation);
        return new Wrapped(recorder, connection, new WrappedTransaction(inner, connection));
    }

    private protected sealed record Wrapped(RecordingDataSource Recorder, DbConnection Connection, DbTransaction Transaction) : IAsyncDisposable
    {
        internal IEnumerable<string> Commands => Recorder.Commands;

        public async ValueTask DisposeAsync()
        {
            await Transaction.DisposeAsync();
            await Connection.DisposeAsync();
        }
    }
}
