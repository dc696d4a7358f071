using DistributedLocking.Providers;
using DistributedLocking.Redis.Keys;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Configuration;

/// <summary>
/// Checks what Redis adds to the common options. No sentence quotes the connection string, which may hold a password.
/// </summary>
internal sealed class RedisLockOptionsValidator : LockOptionsValidator<RedisLockOptions>
{
    /// <summary>WAIT takes whole milliseconds, and zero as "for ever".</summary>
    private static readonly TimeSpan ShortestReplicaTimeout = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    /// <inheritdoc />
    protected override void AddFailures(RedisLockOptions options, ICollection<string> failures)
    {
        AddServerFailures(options, failures);
        if (options.Database < -1)
        {
            failures.Add($"{nameof(options.Database)} {options.Database} must be -1 for the connection's default, or the number of a database.");
        }

        AddTimeoutFailure(nameof(options.CommandTimeout), options.CommandTimeout, failures);
        AddTimeoutFailure(nameof(options.ServerTimeout), options.ServerTimeout, failures);
        AddReplicaFailures(options, failures);

        if (options.KeyPrefix is { } prefix && LockNames.SpoilsHashTag(prefix))
        {
            failures.Add($"{nameof(options.KeyPrefix)} '{prefix}' must not open with empty braces: Redis would then ignore the hash tag that keeps a lock's keys together.");
        }
        else if (LockNames.HasTag(options.KeyPrefix ?? ""))
        {
            failures.Add(
                $"{nameof(options.KeyPrefix)} '{options.KeyPrefix}' must not have three hexadecimal digits in braces: they part a shorter prefix from its keys.");
        }
    }

    private static void AddServerFailures(RedisLockOptions options, ICollection<string> failures)
    {
        if (options is { Configuration: not null, ConfigurationOptions: not null })
        {
            failures.Add($"{nameof(options.Configuration)} and {nameof(options.ConfigurationOptions)} are both set; the server must be named once.");
        }
        else if (options.ConfigurationOptions is { EndPoints.Count: 0 })
        {
            failures.Add($"{nameof(options.ConfigurationOptions)} names no server: its {nameof(ConfigurationOptions.EndPoints)} are empty.");
        }
        else if (options.Configuration is { } text)
        {
            _ = Parse(nameof(options.Configuration), text, failures);
        }

        QuorumServersValidator.AddFailures(options, failures);
    }

    private static void AddReplicaFailures(RedisLockOptions options, ICollection<string> failures)
    {
        if (options.MinReplicas < 0)
        {
            failures.Add($"{nameof(options.MinReplicas)} {options.MinReplicas} must not be negative.");
        }
        else if (options.MinReplicas > 0 && (options.IsQuorum || options.IsUnnamed))
        {
            failures.Add(
                $"{nameof(options.MinReplicas)} {options.MinReplicas} needs one server, named by {nameof(options.Configuration)} or {nameof(options.ConfigurationOptions)}: it opens a connection of its own.");
        }

        if (options.ReplicaTimeout < ShortestReplicaTimeout || options.ReplicaTimeout > LongestTimeout)
        {
            failures.Add($"{nameof(options.ReplicaTimeout)} {options.ReplicaTimeout} must be from {ShortestReplicaTimeout} to {LongestTimeout}.");
        }
    }

    private static void AddTimeoutFailure(string name, TimeSpan timeout, ICollection<string> failures)
    {
        if (timeout <= TimeSpan.Zero || timeout > LongestTimeout)
        {
            failures.Add($"{name} {timeout} must be positive and at most {LongestTimeout}.");
        }
    }

    internal static ConfigurationOptions? Parse(string name, string? text, ICollection<string> failures)
    {
        try
        {
            if (!string.IsNullOrWhiteSpace(text) && ConfigurationOptions.Parse(text) is { EndPoints.Count: > 0 } parsed)
            {
                return parsed;
            }

            failures.Add($"{name} names no server.");
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // The client's own message quotes the part that it could not read, which may be the end of a password with
            // a comma in it.
            failures.Add($"{name} is not a StackExchange.Redis connection string such as 'localhost:6379,ssl=true'. Its text is not shown, since it may hold a password.");
        }

        return null;
    }
}
