using DistributedLocking.ConformanceTests.Fixtures;

namespace DistributedLocking.ConformanceTests;

public sealed class InMemoryConformanceTests(InMemoryFixture fixture) : InProcessFacts<InMemoryFixture>(fixture);

public sealed class InMemoryProcessTests(InMemoryFixture fixture) : ProcessAndOutageFacts<InMemoryFixture>(fixture);

public sealed class FileSystemConformanceTests(FileSystemFixture fixture) : InProcessFacts<FileSystemFixture>(fixture);

public sealed class FileSystemProcessTests(FileSystemFixture fixture) : ProcessAndOutageFacts<FileSystemFixture>(fixture);

public sealed class SqliteSampleConformanceTests(SqliteSampleFixture fixture) : InProcessFacts<SqliteSampleFixture>(fixture);

public sealed class SqliteSampleProcessTests(SqliteSampleFixture fixture) : ProcessAndOutageFacts<SqliteSampleFixture>(fixture);

public sealed class RedisConformanceTests(RedisFixture fixture) : InProcessFacts<RedisFixture>(fixture);

public sealed class RedisProcessTests(RedisFixture fixture) : ProcessAndOutageFacts<RedisFixture>(fixture);

public sealed class RedisBatchesConformanceTests(RedisBatchesFixture fixture) : InProcessFacts<RedisBatchesFixture>(fixture);

public sealed class GarnetConformanceTests(GarnetFixture fixture) : InProcessFacts<GarnetFixture>(fixture);

public sealed class RedisBatchesProcessTests(RedisBatchesFixture fixture) : ProcessAndOutageFacts<RedisBatchesFixture>(fixture);

public sealed class RedisQuorumConformanceTests(RedisQuorumFixture fixture) : InProcessFacts<RedisQuorumFixture>(fixture);

public sealed class RedisQuorumProcessTests(RedisQuorumFixture fixture) : ProcessAndOutageFacts<RedisQuorumFixture>(fixture);

public sealed class PostgreSqlRowLockConformanceTests(PostgreSqlRowLockFixture fixture) : InProcessFacts<PostgreSqlRowLockFixture>(fixture);

public sealed class PostgreSqlRowLockProcessTests(PostgreSqlRowLockFixture fixture) : ProcessAndOutageFacts<PostgreSqlRowLockFixture>(fixture);

public sealed class PostgreSqlLeaseConformanceTests(PostgreSqlLeaseFixture fixture) : InProcessFacts<PostgreSqlLeaseFixture>(fixture);

public sealed class PostgreSqlLeaseProcessTests(PostgreSqlLeaseFixture fixture) : ProcessAndOutageFacts<PostgreSqlLeaseFixture>(fixture);

public sealed class MySqlRowLockConformanceTests(MySqlRowLockFixture fixture) : InProcessFacts<MySqlRowLockFixture>(fixture);

public sealed class MySqlRowLockProcessTests(MySqlRowLockFixture fixture) : ProcessAndOutageFacts<MySqlRowLockFixture>(fixture);

public sealed class MySqlLeaseConformanceTests(MySqlLeaseFixture fixture) : InProcessFacts<MySqlLeaseFixture>(fixture);

public sealed class MySqlLeaseProcessTests(MySqlLeaseFixture fixture) : ProcessAndOutageFacts<MySqlLeaseFixture>(fixture);

public sealed class EtcdConformanceTests(EtcdFixture fixture) : InProcessFacts<EtcdFixture>(fixture);

public sealed class EtcdProcessTests(EtcdFixture fixture) : ProcessAndOutageFacts<EtcdFixture>(fixture);
