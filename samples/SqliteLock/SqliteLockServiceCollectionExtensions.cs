using DistributedLocking.Providers;
using Microsoft.Extensions.DependencyInjection;

namespace SqliteLock;

/// <summary>Registers the lock in an SQLite file.</summary>
public static class SqliteLockServiceCollectionExtensions
{
    /// <summary>Registers the lock in an SQLite file.</summary>
    /// <param name="services">The services.</param>
    /// <param name="path">The database's file.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddSqliteLock(this IServiceCollection services, string path) =>
        services.AddDistributedLock<SqliteLockOptions>(
            serviceKey: null, new Validator(), options => options.Path = path, (_, options) => new SqliteLockProvider(options));

    private sealed class Validator : LockOptionsValidator<SqliteLockOptions>
    {
        protected override void AddFailures(SqliteLockOptions options, ICollection<string> failures)
        {
            if (string.IsNullOrWhiteSpace(options.Path))
            {
                failures.Add($"{nameof(options.Path)} must be set: the database's file.");
            }
        }
    }
}
