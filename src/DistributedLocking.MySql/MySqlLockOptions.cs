using DistributedLocking.Sql;

namespace DistributedLocking.MySql;

/// <summary>How locks are kept on MySQL or MariaDB.</summary>
public class MySqlLockOptions : SqlLockOptions;
