using System.Globalization;
using DistributedLocking.Benchmarks.Subjects;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Benchmarks.Stores;

/// <summary>
/// A directory. There is no server and no driver to compare with, only processes that wait for each other.
/// </summary>
internal sealed class FileSystemStore : Store
{
    internal const string StoreName = "file-system";

    private const string Variable = "DISTRIBUTEDLOCKING_DIRECTORY";

    private readonly DirectoryInfo _directory;
    private readonly bool _isOurs;

    private FileSystemStore(string? directory)
    {
        _isOurs = directory is null;
        _directory = directory is null ? Directory.CreateTempSubdirectory("locks-") : new DirectoryInfo(directory);
    }

    protected override ServerProcess? Server => null;

    internal override string Name => StoreName;

    internal override string Description => string.Create(CultureInfo.InvariantCulture, $"files on {new DriveInfo(_directory.FullName).DriveFormat}");

    internal override IReadOnlyList<string> Modes => [StoreName];

    internal override IReadOnlyList<int> UncontendedCallers => [];

    internal override KeyValuePair<string, string> Address => new(Variable, _directory.FullName);

    /// <summary>Makes a directory, or uses the one that the environment names.</summary>
    internal static FileSystemStore Open() => new(Environment.GetEnvironmentVariable(Variable));

    internal override Task<IReadOnlyList<ILockSubject>> CreateSubjectsAsync(string mode) =>
        throw new NotSupportedException("There is no driver of files to compare with.");

    internal override ServiceProvider CreateLock(LockUse use) => new ServiceCollection()
        .AddFileSystemLock(options =>
        {
            options.Directory = _directory.FullName;
            HandOver.Apply(options, use.HandOver);
        })
        .BuildServiceProvider();

    internal override Task<int> CountConnectionsAsync() => Task.FromResult(0);

    public override ValueTask DisposeAsync()
    {
        if (_isOurs)
        {
            _directory.Delete(recursive: true);
        }

        return ValueTask.CompletedTask;
    }
}
