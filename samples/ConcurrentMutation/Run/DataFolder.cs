namespace ConcurrentMutation.Run;

/// <summary>
/// The folder of the database and the lock files: a given one that stays, or a temporary one that goes with the run.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private readonly bool isTemporary;

    private DataFolder(string path, bool isTemporary)
    {
        Path = path;
        this.isTemporary = isTemporary;
    }

    internal string Path { get; }

    /// <summary>Creates the folder if needed.</summary>
    /// <param name="path">The folder that stays; empty for a temporary one.</param>
    /// <exception cref="DemoException">It can't be created.</exception>
    internal static DataFolder Open(string path)
    {
        try
        {
            return path.Length == 0
                ? new DataFolder(Directory.CreateTempSubdirectory("concurrent-mutation-").FullName, isTemporary: true)
                : new DataFolder(Directory.CreateDirectory(System.IO.Path.GetFullPath(path)).FullName, isTemporary: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new DemoException($"the data folder can't be created: {exception.Message}", innerException: exception);
        }
    }

    public void Dispose()
    {
        if (isTemporary)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException)
            {
                // A worker that had to be killed may still have a file open; the system cleans its temporary folder.
            }
        }
    }
}
