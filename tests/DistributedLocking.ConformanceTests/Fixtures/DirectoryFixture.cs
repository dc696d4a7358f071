using DistributedLocking.Testing.Conformance;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>A store in a directory of its own, which is made when it is first used.</summary>
public abstract class DirectoryFixture : ConformanceFixture
{
    private readonly Lazy<string> _directory = new(() => System.IO.Directory.CreateTempSubdirectory("locks-").FullName);

    public override bool CanStartWorkers => true;

    public override string NoOutageReason => "A local directory is never away.";

    protected string Directory => _directory.Value;

    public override ValueTask DisposeAsync()
    {
        if (_directory.IsValueCreated)
        {
            System.IO.Directory.Delete(_directory.Value, recursive: true);
        }

        GC.SuppressFinalize(this);
        return base.DisposeAsync();
    }
}
