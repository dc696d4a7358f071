using System.Runtime.Versioning;
using DistributedLocking.FileSystem.Files;
using DistributedLocking.FileSystem.Tokens;
using DistributedLocking.Providers;

namespace DistributedLocking.FileSystem.Inspection;

/// <summary>Tells which processes of this machine hold what. It opens no file in a way that locks it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class FileInspection(string directory, string keyPrefix, FencingMark mark) : ILockInspection
{
    private readonly string _start = LockFileName.Text(keyPrefix, "");

    public IAsyncEnumerable<LockHolder> ListAsync(string prefix, CancellationToken cancellationToken) =>
        LockHolders.ToAsync(Find().Select(found => found.Holder).Where(holder => holder.Key.StartsWith(prefix, StringComparison.Ordinal)), cancellationToken);

    public ValueTask<IReadOnlyList<LockHolder>> FindAsync(string key, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<LockHolder>>(
        [.. Find().Select(found => found.Holder).Where(holder => string.Equals(holder.Key, key, StringComparison.Ordinal))]);

    /// <summary>
    /// Removes the file, which its holder finds out at the next renewal. Between the look and the removal another may
    /// have become its holder: a file can't be removed by what it is.
    /// </summary>
    public ValueTask<bool> ForceReleaseAsync(LockHolder holder, CancellationToken cancellationToken)
    {
        try
        {
            var found = Find().FirstOrDefault(one => IsSame(one.Holder, holder));
            if (found.File is not { } file)
            {
                return ValueTask.FromResult(false);
            }

            if (!mark.Next(file.Token).IsRecorded)
            {
                throw new DistributedLockUnavailableException($"The fencing mark in '{directory}' is busy.");
            }

            File.Delete(Path.Combine(directory, LockFileName.Of(file.Label.Text)));
            return ValueTask.FromResult(true);
        }
        catch (Exception e) when (FileErrors.IsStoreFailure(e))
        {
            throw FileErrors.ToUnavailable(e, directory);
        }
    }

    private static bool IsSame(LockHolder one, LockHolder other) =>
        one.Kind == other.Kind && one.ProcessId == other.ProcessId && one.FencingToken == other.FencingToken
        && string.Equals(one.Key, other.Key, StringComparison.Ordinal) && string.Equals(one.OwnerId, other.OwnerId, StringComparison.Ordinal);

    private List<(LockHolder Holder, LockedFile File)> Find()
    {
        try
        {
            List<(LockHolder Holder, LockedFile File)> found = [];
            foreach (var file in Directory.Exists(directory) ? LockedFile.In(directory) : [])
            {
                if (ToHolder(file) is { } holder)
                {
                    found.Add((holder, file));
                }
            }

            return found;
        }
        catch (Exception e) when (FileErrors.IsStoreFailure(e))
        {
            throw FileErrors.ToUnavailable(e, directory);
        }
    }

    /// <summary>Null for another prefix's, and for a writer that waits.</summary>
    private LockHolder? ToHolder(LockedFile file)
    {
        var text = file.Label.Text;
        var slash = text.StartsWith(_start, StringComparison.Ordinal) ? -1 : text.IndexOf('/', StringComparison.Ordinal);
        var (part, name) = slash < 0 ? ("", text) : (text[..slash], text[(slash + 1)..]);
        if (!name.StartsWith(_start, StringComparison.Ordinal))
        {
            return null;
        }

        var kind = part switch
        {
            "" => LockHolderKind.Lock,
            KeyFiles.SharedPart => file.IsShared ? LockHolderKind.Reader : LockHolderKind.Writer,
            _ => LockHolderKind.Permit,
        };
        var labelled = LockHolders.Of(name[_start.Length..], kind, file.Label.OwnerId);
        var isOwn = labelled.ProcessId == file.ProcessId && !file.IsShared;
        return labelled with
        {
            OwnerId = isOwn ? labelled.OwnerId : null,
            Machine = Environment.MachineName,
            ProcessId = file.ProcessId,
            FencingToken = isOwn ? file.Token : null,
            Since = isOwn && file.Token <= FencingMark.LargestTime ? LockHolders.Time(file.Token) : null,
        };
    }
}
