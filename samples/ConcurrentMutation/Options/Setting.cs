namespace ConcurrentMutation.Options;

/// <summary>One thing that can be set, by an option or by an environment variable.</summary>
/// <param name="Name">The option's name without its dashes.</param>
/// <param name="Value">What the help shows as the value.</param>
/// <param name="Default">The text that is used when neither the option nor the variable is given.</param>
/// <param name="Description">What it means.</param>
internal sealed record Setting(string Name, string Value, string Default, string Description)
{
    internal static readonly Setting Processes = new("processes", "n", "2", "Worker processes to start");
    internal static readonly Setting Workers = new("workers", "n", "1", "Workers in each process");
    internal static readonly Setting Duration = new("duration", "time", "10s", "How long each stage lasts");
    internal static readonly Setting Interval = new("interval", "time", "100ms", "Time between two mutations of a worker in a demo stage");
    internal static readonly Setting Work = new("work", "time", "5ms", "How long a worker of a demo stage thinks between read and write");
    internal static readonly Setting Mutex = new("mutex", "file|memory|redis|mysql|postgres|etcd", "file", "What the mutex stages lock with");
    internal static readonly Setting Expiry = new("expiry", "time", "10s", "The mutex's time to live: what a crashed holder costs");
    internal static readonly Setting Wait = new("wait", "time", "2s", "How long a worker waits for the mutex before it counts an error");
    internal static readonly Setting Retry = new("retry", "time", "1ms", "How often a waiter asks for a mutex whose store does not wake it");
    internal static readonly Setting Redis = new("redis", "connection", "localhost:6379", "Connection string for --mutex redis");
    internal static readonly Setting Etcd = new("etcd", "endpoints", "http://localhost:2379", "Addresses for --mutex etcd, separated by commas");
    internal static readonly Setting Database = new("database", "sqlite|mysql|postgres", "sqlite", "Where the employee is kept");
    internal static readonly Setting MySql = new(
        "mysql", "connection", "Server=localhost;User ID=root;Password=locks;Database=locks", "Connection string for --mutex mysql and --database mysql (MySQL or MariaDB)");
    internal static readonly Setting Postgres = new(
        "postgres", "connection", "Host=localhost;Username=postgres;Password=locks;Database=locks", "Connection string for --mutex postgres and --database postgres");
    internal static readonly Setting Data = new("data", "folder", "", "Folder to keep the SQLite database and the lock files in");
    internal static readonly Setting Stages = new(
        "stages", "list", "all", "Comma-separated: no-mutex, mutex, benchmark-mutex, row-lock, benchmark-row-lock, version, benchmark-version, demo, benchmark");

    internal static readonly IReadOnlyList<Setting> All =
        [Processes, Workers, Duration, Interval, Work, Mutex, Expiry, Wait, Retry, Redis, Etcd, Database, MySql, Postgres, Data, Stages];

    internal string Option => $"--{Name}";

    internal string Variable => $"DEMO_{Name.ToUpperInvariant()}";
}
