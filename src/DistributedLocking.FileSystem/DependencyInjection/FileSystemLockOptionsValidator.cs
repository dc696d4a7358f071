using DistributedLocking.Providers;

namespace DistributedLocking.FileSystem.DependencyInjection;

internal sealed class FileSystemLockOptionsValidator : LockOptionsValidator<FileSystemLockOptions>
{
    protected override void AddFailures(FileSystemLockOptions options, ICollection<string> failures)
    {
        if (string.IsNullOrWhiteSpace(options.Directory))
        {
            failures.Add($"{nameof(options.Directory)} must be set: the directory that the lock files are in.");
        }
        else if (options.Directory.AsSpan().IndexOfAny(Path.GetInvalidPathChars()) >= 0)
        {
            failures.Add($"{nameof(options.Directory)} '{options.Directory}' has a character that no path can have.");
        }
    }
}
