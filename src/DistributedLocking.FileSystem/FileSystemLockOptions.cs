namespace DistributedLocking.FileSystem;

/// <summary>How the lock on lock files works.</summary>
public class FileSystemLockOptions : DistributedLockOptions
{
    /// <summary>
    /// The directory that the lock files are in. Processes exclude each other when they name the same one.
    /// </summary>
    /// <value>
    /// Required. A relative path counts from the current directory at the time the lock is made. The directory is made
    /// at the first acquire when it is missing. It should hold nothing else, and be on a local file system: see the
    /// remarks of <see cref="FileSystemLockProvider"/>.
    /// </value>
    public string Directory { get; set; } = "";

    /// <summary>
    /// Whether waiters are woken by the operating system's notice of a removed file; otherwise they poll.
    /// </summary>
    /// <value>
    /// Default: true. Switch it off where watching is scarce (a low limit of inotify instances) or tells nothing (some
    /// network file systems).
    /// </value>
    public bool UseNotifications { get; set; } = true;
}
