namespace DistributedLocking.FaultTests.Stores;

/// <summary>A directory. There is no server that could fail.</summary>
internal sealed class FileSystemUnderTest() : StoreUnderTest(StoreKind.FileSystem)
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fault-locks-").FullName;
    private readonly string _data = Directory.CreateTempSubdirectory("fault-data-").FullName;

    internal override StoreAddress Address => new(Kind, _directory, _data);

    internal override StoreAddress DirectAddress => Address;

    internal override void Freeze() => throw new NotSupportedException();

    internal override void Thaw() => throw new NotSupportedException();

    internal override Task KillAsync() => throw new NotSupportedException();

    internal override Task RestartAsync() => throw new NotSupportedException();

    internal override Task DisturbAsync() => throw new NotSupportedException();

    internal override Task<IReadOnlyList<string>> FindOrphansAsync() => Task.FromResult<IReadOnlyList<string>>([]);

    internal override Task<int> CountConnectionsAsync() => Task.FromResult(0);

    protected override ValueTask StopAsync()
    {
        Directory.Delete(_directory, recursive: true);
        Directory.Delete(_data, recursive: true);
        return ValueTask.CompletedTask;
    }
}
