using DistributedLocking.Sql.Tests.Servers;

namespace DistributedLocking.Sql.Tests.Tables;

public sealed class MySqlKeyCollisionTests(MySqlFixture fixture) : KeyCollisionTests(fixture);

public sealed class PostgreSqlKeyCollisionTests(PostgreSqlFixture fixture) : KeyCollisionTests(fixture);

/// <summary>Keys that a database or a collation might take for the same.</summary>
public abstract class KeyCollisionTests(DatabaseFixture fixture) : DatabaseTests(fixture)
{
    private static readonly string[] Keys =
    [
        "key", "KEY", "Key", "key ", "key  ", " key", "key\t", "key\0", "key\0\0", "\0key", "\0", "\0\0", " ", "  ",
        "café", "cafe", "CAFÉ", "cafe\u0301", "cafe\u0301 ", "straße", "strasse", "ı", "i", "İ", "I", "Å", "\u212B", "A\u030A", "ﬁ", "fi",
        "\u200Bkey", "k\u00ADey", "\uFEFFkey", "\U0001F512", "\uFFFD", "%", "_", "'", "\\", "\\'", "\"", "`", "; --", "@key", "{0}",
        new('x', 254), new('x', 255), new('x', 256), new('x', 257), new('x', 10_000), new string('x', 9_999) + "y", new string('x', 10_000) + " ",
        new('é', 127), new('é', 128), new string('é', 127) + "x", new string('é', 127) + "xx",
    ];

    [Theory]
    [InlineData(SqlLockMode.RowLock, "")]
    [InlineData(SqlLockMode.RowLock, "lock:")]
    [InlineData(SqlLockMode.Lease, "")]
    [InlineData(SqlLockMode.Lease, "lock:")]
    public async Task All_are_held_at_a_time_and_each_by_one(SqlLockMode mode, string prefix)
    {
        Keys.ShouldBeUnique(StringComparer.Ordinal);
        var locks = Locks();
        var others = Locks();
        var held = new List<IDistributedLockHandle>();

        foreach (var key in Keys)
        {
            held.Add((await locks.TryAcquireAsync(key, cancellationToken: Cancellation)).ShouldNotBeNull(key));
        }

        foreach (var key in Keys)
        {
            (await others.TryAcquireAsync(key, cancellationToken: Cancellation)).ShouldBeNull(key);
        }

        held.ShouldAllBe(handle => handle.IsHeld);
        foreach (var handle in held)
        {
            (await handle.ReleaseAsync(Cancellation)).ShouldBeTrue(handle.Key);
        }

        (await Database.NumberAsync($"SELECT count(*) FROM {Database.Table}")).ShouldBe(Keys.Length);

        DistributedLock Locks() => Database.NewLock(mode, options =>
        {
            options.KeyPrefix = prefix;
            options.MaxConnections = Keys.Length + 1;
        });
    }

    [Fact]
    public async Task The_keys_of_a_prefix_can_be_listed_as_the_documents_say()
    {
        foreach (var prefix in (string[])["lock:", "lock:x", ""])
        {
            var locks = Database.NewLock(SqlLockMode.Lease, options => options.KeyPrefix = prefix);
            await using var readable = await locks.AcquireAsync("lock:straße", cancellationToken: Cancellation);
            await using var hashed = await locks.AcquireAsync(new string('x', 300), cancellationToken: Cancellation);
        }

        var text = Kind is PostgreSqlKind ? "convert_from(lock_key, 'UTF8')" : "CONVERT(lock_key USING utf8mb4)";
        (await Database.NumberAsync($"SELECT count(*) FROM {Database.Table} WHERE lock_key LIKE '5:lock:%'")).ShouldBe(1);
        (await Database.NumberAsync($"SELECT count(*) FROM {Database.Table} WHERE lock_key LIKE '5:lock:%' AND {text} = '5:lock:lock:straße'"))
            .ShouldBe(1);
    }

    [Theory]
    [InlineData(SqlLockMode.RowLock)]
    [InlineData(SqlLockMode.Lease)]
    public async Task A_long_key_is_itself_in_every_instance(SqlLockMode mode)
    {
        var key = new string('k', 10_000);
        await using var held = await Database.NewLock(mode).AcquireAsync(key, cancellationToken: Cancellation);

        (await Database.NewLock(mode).TryAcquireAsync(key, cancellationToken: Cancellation)).ShouldBeNull();
    }
}
