namespace DistributedLocking.FileSystem.Files;

/// <summary>Tells a file that somebody else has locked from a file system that fails.</summary>
internal static class FileErrors
{
    private const int WindowsSharingViolation = unchecked((int)0x80070020);
    private const int WindowsLockViolation = unchecked((int)0x80070021);
    private const int WindowsFileExists = unchecked((int)0x80070050);
    private const int WindowsWriteProtected = unchecked((int)0x80070013);
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    // On Unix .NET puts the bare errno into HResult.
    private const int UnixFileExists = 17;
    private const int UnixNotADirectory = 20;
    private const int UnixSystemFiles = 23;
    private const int UnixProcessFiles = 24;
    private const int UnixNoSpace = 28;
    private const int UnixReadOnlyFileSystem = 30;

    private static int UnixWouldBlock { get; } = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 11 : 35;

    internal static bool IsSharingViolation(IOException e) => OperatingSystem.IsWindows()
        ? e.HResult is WindowsSharingViolation or WindowsLockViolation
        : e.HResult == UnixWouldBlock;

    internal static bool IsFileExists(IOException e) => e.HResult == (OperatingSystem.IsWindows() ? WindowsFileExists : UnixFileExists);

    internal static bool IsStoreFailure(Exception e) => e is IOException or UnauthorizedAccessException;

    internal static DistributedLockUnavailableException ToUnavailable(Exception e, string directory) =>
        new($"The lock directory '{directory}' can't be used: {Explain(e)}.", e)
        {
            IsTransient = IsTransient(e),
        };

    private static string Explain(Exception e) => e switch
    {
        UnauthorizedAccessException => "access to it or to a file in it is denied",
        DirectoryNotFoundException or DriveNotFoundException => "a directory above it does not exist",
        PathTooLongException => "its path is too long",
        _ => e.HResult switch
        {
            UnixFileExists or UnixNotADirectory => "it is a file, or something above it is one",
            UnixReadOnlyFileSystem or WindowsWriteProtected => "the file system is read-only",
            UnixNoSpace or WindowsDiskFull => "the disk is full",
            UnixProcessFiles or UnixSystemFiles => "too many files are open",
            _ => "the file system reported an error",
        },
    };

    /// <summary>Something else is in the place of one of our files.</summary>
    internal static DistributedLockUnavailableException NotOurs(string path, string reason) =>
        new($"'{path}' {reason}. It was not written to. A lock directory should hold lock files only: remove it, and see who may write there.")
        {
            IsTransient = false,
        };

    /// <summary>
    /// A full disk, an I/O error or a lack of handles may pass. Missing rights and a path that can't be a directory
    /// stay.
    /// </summary>
    private static bool IsTransient(Exception e) => e switch
    {
        UnauthorizedAccessException or DirectoryNotFoundException or DriveNotFoundException or PathTooLongException => false,
        _ when OperatingSystem.IsWindows() => e.HResult is not WindowsWriteProtected,
        _ => e.HResult is not (UnixFileExists or UnixNotADirectory or UnixReadOnlyFileSystem),
    };
}
