using System.Runtime.InteropServices;

namespace DistributedLocking.TestKit.Servers;

/// <summary>System V shared memory.</summary>
internal static partial class SharedMemory
{
    private const int RemoveCommand = 0;

    /// <summary>Removes a segment, if it is there still, when no process uses it any more.</summary>
    public static void Remove(int segment) => _ = Control(segment, RemoveCommand, 0);

    [LibraryImport("libc", EntryPoint = "shmctl")]
    private static partial int Control(int segment, int command, nint buffer);
}
