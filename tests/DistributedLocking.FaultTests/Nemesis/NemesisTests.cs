using DistributedLocking.FaultTests.Stores;

namespace DistributedLocking.FaultTests.Nemesis;

public sealed class FileSystemNemesisTests() : NemesisTests(StoreKind.FileSystem);

public sealed class RedisNemesisTests() : NemesisTests(StoreKind.Redis);

public sealed class RedisBatchesNemesisTests() : NemesisTests(StoreKind.RedisBatches);

public sealed class GarnetNemesisTests() : NemesisTests(StoreKind.Garnet);

public sealed class RedisQuorumNemesisTests() : NemesisTests(StoreKind.RedisQuorum);

public sealed class PostgreSqlRowLockNemesisTests() : NemesisTests(StoreKind.PostgreSqlRowLock);

public sealed class PostgreSqlLeaseNemesisTests() : NemesisTests(StoreKind.PostgreSqlLease);

public sealed class MySqlRowLockNemesisTests() : NemesisTests(StoreKind.MySqlRowLock);

public sealed class MySqlLeaseNemesisTests() : NemesisTests(StoreKind.MySqlLease);

public sealed class EtcdNemesisTests() : NemesisTests(StoreKind.Etcd);

public sealed class EtcdClusterNemesisTests() : NemesisTests(StoreKind.EtcdCluster);

/// <summary>
/// A short random run. <see cref="NemesisSettings"/> names the variables that make it longer, or repeat one.
/// </summary>
public abstract class NemesisTests(StoreKind kind)
{
    [Fact]
    public async Task A_random_mix_of_faults_breaks_no_promise()
    {
        var settings = NemesisSettings.FromEnvironment();
        TestContext.Current.TestOutputHelper?.WriteLine(settings.ToString());
        var report = await NemesisRun.RunAsync(kind, settings);
        TestContext.Current.TestOutputHelper?.WriteLine(report.ToString());
        report.Violations.ShouldBeEmpty($"{settings}{Environment.NewLine}{report}");
        report.Grants.ShouldBeGreaterThan(0, settings.ToString());
    }
}
