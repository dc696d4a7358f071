namespace TicketShop.Options;

/// <summary>Where the lock is kept.</summary>
internal enum LockKind
{
    Sqlite,
    Files,
    Redis,
    MySql,
    Postgres,
    Etcd,
}
