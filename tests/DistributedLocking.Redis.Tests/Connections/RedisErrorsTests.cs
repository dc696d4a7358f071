using System.Net.Sockets;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Tests.Doubles;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Connections;

/// <summary>What the client throws, and what it says about the command.</summary>
public sealed class RedisErrorsTests
{
    /// <summary>
    /// Seen when connections were cut under load: what the socket and the pipe below the client throw.
    /// </summary>
    public static TheoryData<Exception> OfBreakingConnections =>
    [
        new IOException("Connection reset by peer"),
        new SocketException((int)SocketError.ConnectionReset),
        new InvalidOperationException("Writing is not allowed after writer was completed."),
        new TaskCanceledException(),
        new ObjectDisposedException("connection"),
        ScriptedClient.ConnectionError(ConnectionFailureType.SocketClosed, "SocketClosed"),
        ScriptedClient.ConnectionError(ConnectionFailureType.InternalFailure, "Failed to write"),
    ];

    [Theory]
    [MemberData(nameof(OfBreakingConnections))]
    public void A_connection_that_breaks_is_a_passing_failure_of_unknown_outcome(Exception error)
    {
        var fault = RedisErrors.Translate(error);

        fault.IsTransient.ShouldBeTrue();
        fault.IsUnsent.ShouldBeFalse();
        fault.InnerException.ShouldBeSameAs(error);
    }

    [Fact]
    public void Without_a_connection_nothing_was_sent()
    {
        var fault = RedisErrors.Translate(ScriptedClient.ConnectionError(ConnectionFailureType.UnableToResolvePhysicalConnection, "none is available"));

        fault.IsTransient.ShouldBeTrue();
        fault.IsUnsent.ShouldBeTrue();
    }

    [Fact]
    public void What_the_client_refuses_was_not_sent_and_stays_refused()
    {
        var fault = RedisErrors.Translate(new RedisCommandException("This operation has been disabled in the command-map"));

        fault.IsTransient.ShouldBeFalse();
        fault.IsUnsent.ShouldBeTrue();
    }
}
