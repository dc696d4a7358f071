using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace DistributedLocking.FileSystem.Files;

/// <summary>
/// Opens the files of a lock directory, and nothing that somebody else who may write there has put in their places: no
/// link to another file, no pipe.
/// </summary>
/// <remarks>
/// .NET can't open a file without following a link. So a file is made where there is nothing, which follows no link
/// either, or else opened as it is: nothing is made or cut short behind a link that came in between. Who then writes
/// asks <see cref="LeadsTo"/> first, and looks at what is there.
/// </remarks>
internal static class PlainFile
{
    private const int Attempts = 100;

    /// <summary>Opens a file, making it if there is none, and writes nothing.</summary>
    /// <exception cref="DistributedLockUnavailableException">It is a link or no file at all.</exception>
    internal static SafeFileHandle Open(string path, FileShare share)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var entry = new FileInfo(path);
            if (IsLink(entry))
            {
                throw FileErrors.NotOurs(path, "is a symbolic link");
            }

            if ((Exists(entry) ? TryOpen(path, share) : TryCreate(path, share)) is { } handle)
            {
                return handle;
            }
        }

        throw new DistributedLockUnavailableException($"'{path}' is removed or replaced again and again.");
    }

    /// <summary>Whether the path, without following a link, leads to the file that is open.</summary>
    internal static bool LeadsTo(string path, SafeFileHandle handle)
    {
        // One look at the path: what is compared belongs together.
        var entry = new FileInfo(path);
        if (!Exists(entry) || IsLink(entry))
        {
            return false;
        }

        // On Windows nobody can replace a file that is open.
        return OperatingSystem.IsWindows()
            || (entry.LastWriteTimeUtc == File.GetLastWriteTimeUtc(handle) && HasName(handle, entry.Name));
    }

    private static SafeFileHandle? TryCreate(string path, FileShare share)
    {
        try
        {
            return File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, share);
        }
        catch (IOException e) when (FileErrors.IsFileExists(e))
        {
            return null;
        }
    }

    private static SafeFileHandle? TryOpen(string path, FileShare share)
    {
        SafeFileHandle handle;
        try
        {
            // Reading and writing, so that the open of a pipe does not wait for its other end.
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, share);
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        try
        {
            _ = RandomAccess.GetLength(handle);
            return handle;
        }
        catch (NotSupportedException)
        {
            // What has no length would keep the reader waiting.
            handle.Dispose();
            throw FileErrors.NotOurs(path, "is a pipe or a device");
        }
    }

    private static bool Exists(FileInfo entry) => entry.Attributes != (FileAttributes)(-1);

    // Windows has other reparse points than links, such as files that are kept in a cloud.
    private static bool IsLink(FileInfo entry) =>
        Exists(entry) && entry.Attributes.HasFlag(FileAttributes.ReparsePoint) && (!OperatingSystem.IsWindows() || entry.LinkTarget is not null);

    /// <summary>
    /// Linux tells under which name a file was opened, and whether that name is gone. It tells the target of a link
    /// that was followed, whoever has put what in the link's place since and made its times agree. Elsewhere, and
    /// without /proc, the times have to do.
    /// </summary>
    private static bool HasName(SafeFileHandle handle, string name)
    {
        var descriptor = handle.DangerousGetHandle().ToString(CultureInfo.InvariantCulture);
        return !OperatingSystem.IsLinux()
            || new FileInfo("/proc/self/fd/" + descriptor).LinkTarget is not { } target
            || Path.GetFileName(target.AsSpan()).Equals(name, StringComparison.OrdinalIgnoreCase);
    }
}
