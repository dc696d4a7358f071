namespace TicketShop.Demo;

/// <summary>The folder of SQLite's files and of the lock files, which goes with the demo.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("ticket-shop-").FullName;

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // An instance that had to be killed may still have a file open; the system cleans its temporary folder.
        }
    }
}
