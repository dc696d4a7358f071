using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using DistributedLocking.FileSystem.Files;
using DistributedLocking.FileSystem.Tokens;
using Microsoft.Win32.SafeHandles;

namespace DistributedLocking.FileSystem.Inspection;

/// <summary>A lock file that a process has locked, as Linux tells it in /proc.</summary>
/// <param name="ProcessId">The process.</param>
/// <param name="IsShared">Whether others may have it locked too.</param>
/// <param name="Label">What the file says of itself.</param>
/// <param name="Token">The token in it; 0 for none.</param>
[SupportedOSPlatform("linux")]
internal sealed record LockedFile(int ProcessId, bool IsShared, HolderLabel Label, long Token)
{
    private const int ReadOnlyWithoutBlocking = 0x800;

    /// <summary>
    /// All that are locked in a directory, by processes that this one may look into: those of the same user, or for root
    /// all.
    /// </summary>
    internal static IEnumerable<LockedFile> In(string directory)
    {
        var start = RealPath(directory) + "/";
        return Lockers().SelectMany(process => Find(process, start));
    }

    /// <summary>The processes that have any file locked.</summary>
    private static IEnumerable<int> Lockers() => File.ReadLines("/proc/locks")
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(lockOf => lockOf is [_, "FLOCK", _, _, _, ..])
        .Select(lockOf => int.Parse(lockOf[4], CultureInfo.InvariantCulture))
        .Distinct();

    private static List<LockedFile> Find(int process, string start)
    {
        List<LockedFile> found = [];
        try
        {
            found.AddRange(new DirectoryInfo($"/proc/{process}/fd").EnumerateFiles().Select(descriptor => TryLook(process, descriptor, start)).OfType<LockedFile>());
        }
        catch (Exception e) when (FileErrors.IsStoreFailure(e))
        {
            // It is another user's, or is gone.
        }

        return found;
    }

    private static LockedFile? TryLook(int process, FileInfo descriptor, string start)
    {
        try
        {
            return descriptor.LinkTarget is { } target && target.StartsWith(start, StringComparison.Ordinal) && LockFileName.IsOne(target[start.Length..])
                ? Look(process, descriptor.Name, target[start.Length..])
                : null;
        }
        catch (Exception e) when (FileErrors.IsStoreFailure(e))
        {
            // It has been closed meanwhile.
            return null;
        }
    }

    private static LockedFile? Look(int process, string descriptor, string name)
    {
        var kind = File.ReadLines($"/proc/{process}/fdinfo/{descriptor}")
            .Select(line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(line => line is ["lock:", _, "FLOCK", _, _, ..]);
        if (kind is null)
        {
            return null;
        }

        // Not by .NET, which would lock the file to read it.
        using var handle = Open($"/proc/{process}/fd/{descriptor}", ReadOnlyWithoutBlocking);
        if (handle.IsInvalid)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[HolderLabel.Longest];
        var length = RandomAccess.Read(handle, bytes, TokenSlots.LabelStart);
        return HolderLabel.Decode(bytes[..length], name) is { } label
            ? new LockedFile(process, kind[4] is "READ", label, TokenSlots.Read(handle).Token)
            : null;
    }

    /// <summary>Links name what they lead to, and the directory may be behind one.</summary>
    private static string RealPath(string path)
    {
        var real = "";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = new DirectoryInfo($"{real}/{part}");
            real = next.ResolveLinkTarget(returnFinalTarget: true) is { } target ? RealPath(target.FullName) : next.FullName;
        }

        return real;
    }

    [DllImport("libc", EntryPoint = "open", BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern SafeFileHandle Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
