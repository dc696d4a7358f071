using DistributedLocking.Providers;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Connections;

/// <summary>
/// Turns what the client throws into <see cref="DistributedLockUnavailableException"/>: with the server's address and
/// the reason, and never with a user, a password or the server's words.
/// </summary>
internal static class RedisErrors
{
    private const string Forbidden = "the user lacks a permission that the lock needs";
    private const string Unknown = "it does not know a command that the lock needs";

    private static readonly (string Code, bool IsTransient, string Meaning)[] Replies =
    [
        ("LOADING", true, "it is loading its data"),
        ("READONLY", true, "it is a read-only replica"),
        ("MASTERDOWN", true, "its primary is down"),
        ("CLUSTERDOWN", true, "the cluster is down"),
        ("TRYAGAIN", true, "the slot is being moved"),
        ("MOVED", true, "the slot is elsewhere"),
        ("ASK", true, "the slot is being moved"),
        ("BUSY", true, "a script of somebody else is running"),
        ("OOM", true, "it is out of memory"),
        ("NOREPLICAS", true, "too few replicas are connected"),
        ("MISCONF", true, "it can't save its data and refuses writes"),
        ("NOSCRIPT", true, "it lost the script again"),
        ("FORGOT", true, "it has lost data, and grants nothing until the locks that it may have forgotten have ended"),
        ("NOAUTH", false, "it asks for a password"),
        ("WRONGPASS", false, "the user name or the password is wrong"),
        ("NOPERM", false, Forbidden),
        ("WRONGTYPE", false, "a key of the lock holds a value of another type, so the key is used by something else"),
        ("CROSSSLOT", false, "the keys belong to different slots"),
    ];

    /// <summary>
    /// What has no code and lasts. Everything else passes, as far as is known: a proxy's errors, those of commands to
    /// come.
    /// </summary>
    private static readonly (string Phrase, string Meaning)[] LastingReplies =
    [
        ("ACL failure in script", Forbidden),
        ("The user executing the script can't", Forbidden),
        ("not allowed from script", "it lets no script call a command that the lock needs"),
        ("unknown command", Unknown),
        ("Unknown Redis command called from script", Unknown),
        ("DB index", "there is no such database"),
        ("Error compiling script", "it can't read the lock's script"),
        ("value is not an integer", "a key of the lock holds something else, so the key is used by somebody else"),
    ];

    /// <summary>
    /// Whether the server, or the client's command map, refuses for good, so that trying again soon is useless.
    /// </summary>
    internal static bool IsRefusal(Exception error) => (error is RedisServerException or RedisCommandException) && !Translate(error).IsTransient;

    internal static bool IsCancellation(Exception error, CancellationToken cancellationToken) =>
        error is OperationCanceledException && cancellationToken.IsCancellationRequested;

    internal static DistributedLockUnavailableException TimedOut(
        TimeSpan timeout, ConnectionOutage? outage, string option = nameof(RedisLockOptions.CommandTimeout), string what = "answer") =>
        outage is { IsRefusal: true }
            ? Refused(outage, new TimeoutException())
            : new($"{Redis(outage)} did not {what} within {timeout} ({option}){Because(outage?.Cause)}.", new TimeoutException());

    /// <summary>What was not sent, since there is no connection now.</summary>
    internal static DistributedLockUnavailableException NotConnected(ConnectionOutage? outage) =>
        outage is { IsRefusal: true } ? Refused(outage, null) : new(NoConnection(outage, outage?.Cause)) { IsUnsent = true };

    internal static DistributedLockUnavailableException Translate(Exception error, ConnectionOutage? outage = null) => error switch
    {
        DistributedLockUnavailableException already => already,
        RedisServerException => FromReply(error.Message, error),
        RedisConnectionException connection => FromConnection(connection, outage, outage?.Cause),
        TimeoutException => new("Redis did not answer in time.", error),
        ObjectDisposedException => new("The connection to Redis has been closed.", error),
        OperationCanceledException => new("The connection to Redis was cut before the answer.", error),
        RedisCommandException or ArgumentException or NotSupportedException =>
            new("Redis could not be asked: the client refused the command.", error) { IsTransient = false, IsUnsent = error is RedisCommandException },

        // While a connection breaks, the client lets out what its socket or its pipe throws: IOException,
        // InvalidOperationException.
        _ => new("The connection to Redis failed.", error),
    };

    /// <summary>The same for what failed before there was a connection to send anything on.</summary>
    internal static DistributedLockUnavailableException Unsent(Exception error, ConnectionOutage? outage = null)
    {
        var fault = Translate(error, outage);
        return fault.IsUnsent ? fault : new(fault.Message, fault.InnerException) { IsTransient = fault.IsTransient, IsUnsent = true };
    }

    internal static DistributedLockUnavailableException FromReply(string reply, Exception error)
    {
        foreach (var (code, isTransient, meaning) in Replies)
        {
            if (Names(reply, code))
            {
                return new($"Redis refused with {code}: {meaning}.", error) { IsTransient = isTransient };
            }
        }

        foreach (var (phrase, meaning) in LastingReplies)
        {
            if (reply.Contains(phrase, StringComparison.OrdinalIgnoreCase))
            {
                return new($"Redis refused the command: {meaning}.", error) { IsTransient = false };
            }
        }

        return new("Redis refused the command.", error);
    }

    /// <summary>Says why there is no connection.</summary>
    /// <param name="error">What the client threw.</param>
    /// <param name="outage">What is known of the server.</param>
    /// <param name="cause">The reason, where the client's exception does not tell.</param>
    internal static DistributedLockUnavailableException FromConnection(RedisConnectionException error, ConnectionOutage? outage, string? cause)
    {
        // The client reports a refused password as one more reason for not being connected.
        foreach (var code in (ReadOnlySpan<string>)["NOAUTH", "WRONGPASS", nameof(ConnectionFailureType.AuthenticationFailure)])
        {
            if (error.FailureType == ConnectionFailureType.AuthenticationFailure || Names(error.Message, code))
            {
                return Refused(outage, error);
            }
        }

        cause = SocketFault.Find(error, outage?.Servers) ?? cause;
        return new(NoConnection(outage, cause), error) { IsUnsent = IsUnsent(error) };
    }

    private static bool IsUnsent(RedisConnectionException error) =>
        error.FailureType == ConnectionFailureType.UnableToResolvePhysicalConnection || error.CommandStatus == CommandStatus.WaitingInBacklog;

    private static DistributedLockUnavailableException Refused(ConnectionOutage? outage, Exception? error) =>
        new($"{Redis(outage)} refused the user name or the password.", error) { IsTransient = false };

    private static string NoConnection(ConnectionOutage? outage, string? cause) =>
        cause is null ? $"There is no connection to {Redis(outage)}." : $"There is no connection to Redis{Because(cause)}.";

    private static string Redis(ConnectionOutage? outage) => outage?.Servers is { } servers ? $"Redis at {servers}" : "Redis";

    private static string Because(string? cause) => cause is null ? "" : $": {cause}";

    // The code comes first, but an error inside a script is quoted by servers before version 7: "ERR Error running
    // script (...): -OOM command ...".
    private static bool Names(string message, string code)
    {
        for (var at = message.IndexOf(code, StringComparison.Ordinal); at >= 0; at = message.IndexOf(code, at + 1, StringComparison.Ordinal))
        {
            var end = at + code.Length;
            if ((at == 0 || !char.IsAsciiLetterOrDigit(message[at - 1])) && (end == message.Length || !char.IsAsciiLetterOrDigit(message[end])))
            {
                return true;
            }
        }

        return false;
    }
}
