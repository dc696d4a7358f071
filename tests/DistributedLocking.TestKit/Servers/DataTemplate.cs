using System.Security.Cryptography;
using System.Text;

namespace DistributedLocking.TestKit.Servers;

/// <summary>
/// A database server's initial data, made once a machine and unpacked for each server. One archive rather than a
/// directory: it is there or not, whoever else makes it at the same time or sweeps old files from the temporary
/// directory.
/// </summary>
internal static class DataTemplate
{
    private const string Memory = "/dev/shm";
    private const long Room = 2L << 30;

    // TMPDIR may be root's own, where the user that a server runs as can't go.
    private static string Temporary => Environment.IsPrivilegedProcess ? "/tmp" : Path.GetTempPath();

    // A thousand small files take a disk up to a second. A container may have little such memory.
    private static string Fastest => Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace > Room ? Memory : Temporary;

    /// <summary>A new directory with the initial data.</summary>
    /// <param name="program">The server's program. A newer one has data of its own.</param>
    /// <param name="recipe">What the initial data depend on besides the program.</param>
    /// <param name="initialize">Makes the initial data in the directory given, which does not exist yet.</param>
    /// <param name="onDisk">Whether the directory is to be on a disk, and not in memory where there is room.</param>
    /// <returns>The directory's path.</returns>
    public static async Task<string> UnpackAsync(string program, IEnumerable<string> recipe, Func<string, Task> initialize, bool onDisk = false)
    {
        var name = Path.GetFileName(program);
        var version = $"{program} {File.GetLastWriteTimeUtc(program):O} {string.Join(' ', recipe)}";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(version)))[..16];
        var archive = Path.Combine(Temporary, $"distributedlocking-{Environment.UserName}-{name}-{hash}.tar");
        if (!File.Exists(archive))
        {
            await MakeAsync(archive, NewPath(Fastest, name), initialize);
        }

        var directory = NewPath(onDisk ? Temporary : Fastest, name);
        Directory.CreateDirectory(directory);
        await Command.RunAsync("tar", "-xf", archive, "-C", directory);
        return directory;
    }

    /// <summary>A new directory on a disk.</summary>
    public static string NewDirectory(string name)
    {
        var directory = NewPath(Temporary, name);
        Directory.CreateDirectory(directory);
        return directory;
    }

    private static async Task MakeAsync(string archive, string directory, Func<string, Task> initialize)
    {
        // In the same file system, so that the move is atomic.
        var unfinished = $"{archive}.{Path.GetRandomFileName()}";
        try
        {
            await initialize(directory);
            await Command.RunAsync("tar", "-cf", unfinished, "-C", directory, ".");
            File.Move(unfinished, archive, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private static string NewPath(string parent, string name) => Path.Combine(parent, $"{name}-{Path.GetRandomFileName()}");
}
