namespace TicketShop.Options;

/// <summary>What the command line says. Connection strings may hold a password: none is ever printed.</summary>
internal sealed record ShopOptions
{
    /// <summary>The port of the page; the instances have the next two. 0: any free ones.</summary>
    public required int Port { get; init; }

    public required LockKind Lock { get; init; }

    public required DatabaseKind Database { get; init; }

    public required string Redis { get; init; }

    public required string Etcd { get; init; }

    public required string MySql { get; init; }

    public required string Postgres { get; init; }

    /// <summary>The lock's time to live. A freeze lasts for twice as long.</summary>
    public required TimeSpan TimeToLive { get; init; }

    /// <summary>
    /// Whether a freeze stops the whole process, as Unix can. Otherwise only the sale stops, and its lock is not
    /// renewed.
    /// </summary>
    public required bool StopsProcess { get; init; }

    /// <summary>The folder of SQLite's files and of the lock files.</summary>
    public string Folder { get; init; } = "";
}
