using System.Data.Common;

namespace DistributedLocking.Samples.Tests.Databases;

/// <summary>A driver that shows a test the connection it made.</summary>
internal sealed class RecordingDriver(DbProviderFactory driver) : DbProviderFactory
{
    internal DbConnection? Connection { get; private set; }

    public override DbConnection CreateConnection() => Connection = driver.CreateConnection()!;
}
