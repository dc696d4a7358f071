using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace DistributedLocking.Providers;

/// <summary>Checks the connection string that an <c>AddXyzLock</c> method was given.</summary>
public static class ConnectionStringArgument
{
    /// <summary>Throws, with where a missing connection string usually comes from. It is not shown.</summary>
    /// <param name="connectionString">The connection string.</param>
    /// <param name="store">The store's name, such as <c>Redis</c>.</param>
    /// <param name="parameterName">The parameter's name.</param>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    /// <exception cref="ArgumentException">It is blank.</exception>
    public static void ThrowIfMissing(
        [NotNull] string? connectionString, string store, [CallerArgumentExpression(nameof(connectionString))] string? parameterName = null)
    {
        if (connectionString is null)
        {
            throw new ArgumentNullException(
                parameterName,
                $"The {store} connection string is null. configuration.GetConnectionString(\"name\") returns null when the configuration has no ConnectionStrings:name.");
        }

        if (string.IsNullOrWhiteSpace(connectionString))
        {
            throw new ArgumentException($"The {store} connection string is blank. Look at where it is configured.", parameterName);
        }
    }
}
