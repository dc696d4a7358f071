namespace ConcurrentMutation.Options;

/// <summary>The lock provider behind the mutex stages.</summary>
internal enum MutexKind
{
    File,
    Memory,
    Redis,
    MySql,
    Postgres,
    Etcd,
}
