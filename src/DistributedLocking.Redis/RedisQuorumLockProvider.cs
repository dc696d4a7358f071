using DistributedLocking.Providers;
using DistributedLocking.Redis.Configuration;
using DistributedLocking.Redis.Inspection;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Quorum;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Redis;

/// <summary>
/// Locks on several independent Redis servers, a majority of which has to grant: Redlock, see
/// https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/.
/// </summary>
/// <remarks>
/// All servers are asked at the same time, and the first answers that decide are enough. Fencing tokens rise although
/// two majorities need not have the same server with the largest: the largest token of a grant is written back to a
/// majority before the grant is reported.
/// </remarks>
public sealed class RedisQuorumLockProvider : ILockProvider
{
    private readonly QuorumServer[] _servers;
    private readonly QuorumRule _rule;
    private readonly LockNames _names;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private long _longestTimeToLive;

    /// <summary>
    /// Makes a provider for code without dependency injection. Nothing is connected before the first operation.
    /// </summary>
    /// <param name="options">
    /// The options, which are copied. They name the servers in <see cref="RedisLockOptions.Servers"/> or
    /// <see cref="RedisLockOptions.ServerConnections"/>.
    /// </param>
    /// <param name="loggerFactory">Where log entries go; null for nowhere.</param>
    /// <param name="timeProvider">The clock of the time-outs; null for the system's.</param>
    /// <exception cref="ArgumentException">The options do not name several servers, or an option is wrong.</exception>
    public RedisQuorumLockProvider(RedisLockOptions options, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null)
        : this(options, LockProviderLogger.Create(loggerFactory, Log.Category), timeProvider ?? TimeProvider.System, loggerFactory)
    {
    }

    internal RedisQuorumLockProvider(RedisLockOptions options, ILogger logger, TimeProvider time, ILoggerFactory? clientLog = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var result = new RedisLockOptionsValidator().Validate(Options.DefaultName, options);
        if (result.Failed || !options.IsQuorum)
        {
            throw new ArgumentException(
                result.FailureMessage ?? $"{nameof(RedisLockOptions)}.{nameof(options.Servers)} or {nameof(options.ServerConnections)} must name several servers.", nameof(options));
        }

        _time = time;
        _timeout = options.ServerTimeout;
        _names = new LockNames(options.KeyPrefix);
        _servers =
        [
            .. options.Servers.Select(server => QuorumServer.Create(options, server, null, _names, time, logger, clientLog)),
            .. options.ServerConnections.Select(connection => QuorumServer.Create(options, null, connection, _names, time, logger, clientLog)),
        ];
        _rule = new QuorumRule(_servers.Length);
        Inspection = new QuorumInspection(this, _servers, _rule, _names);
        _longestTimeToLive = options.TimeToLive.Ticks;
        Capabilities = LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing | LockProviderCapabilities.Shared
            | LockProviderCapabilities.Inspection | (options.UseNotifications ? LockProviderCapabilities.Notification : LockProviderCapabilities.None);
    }

    /// <inheritdoc />
    public string Name => "redis-quorum";

    /// <inheritdoc />
    public LockProviderCapabilities Capabilities { get; }

    /// <inheritdoc />
    public ILockInspection Inspection { get; }

    /// <inheritdoc />
    public string? WhyNot(LockMode mode) => mode == LockMode.Counted
        ? "A majority of servers can't count: of three servers each pair is a majority, so three callers could hold two permits."
        : null;

    /// <inheritdoc />
    public async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        if (request.Mode == LockMode.Counted)
        {
            throw new NotSupportedException(WhyNot(request.Mode));
        }

        NoteTimeToLive(request.TimeToLive);
        for (var round = 0; ; round++)
        {
            var attempt = new QuorumAttempt(_servers, request);
            var votes = await attempt.RunAsync(cancellationToken).ConfigureAwait(false);
            switch (_rule.Decide(votes))
            {
                case QuorumDecision.Granted:
                    return AcquireReply.Granted(await attempt.SettleTokenAsync(votes, cancellationToken).ConfigureAwait(false));
                case QuorumDecision.Unavailable:
                    await attempt.UndoAsync(votes).WaitAsync(cancellationToken).ConfigureAwait(false);
                    throw QuorumErrors.TooFew(
                        _rule,
                        votes.Count(vote => vote is { Kind: not VoteKind.Unknown }),
                        "answered",
                        votes.Select(vote => vote?.Error),

                        // What the rounds before sent to servers that did not answer may not be undone yet.
                        isUnsent: round == 0 && attempt.IsUnsent(votes));
                default:
                    await attempt.UndoAsync(votes).WaitAsync(cancellationToken).ConfigureAwait(false);
                    if (_rule.HasHolder(votes) || SplitVoteBackoff.PauseBefore(round) is not { } pause)
                    {
                        return AcquireReply.NotGranted(_rule.FreeIn(votes));
                    }

                    await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        foreach (var (_, timeToLive) in batch)
        {
            NoteTimeToLive(timeToLive);
        }

        // With connections to a majority there is no await: all happens on the engine's thread.
        if (_servers.Count(server => server.Session is null) is var missing && missing > 0)
        {
            var opened = new Ballot<bool>(_servers.Length, IsEnough).HoldAsync(server => _servers[server].OpenAsync(), cancellationToken);
            if (missing > _rule.Spare)
            {
                await opened.ConfigureAwait(false);
            }
        }

        var replies = QuorumRenewal.Run([.. _servers.Select(server => server.Session)], _names, batch, _timeout, cancellationToken);
        for (var i = 0; i < replies.Count; i++)
        {
            if (replies[i].Outcome == RenewalOutcome.Lost)
            {
                // What a minority still has would only be in the way of the next.
                foreach (var server in _servers)
                {
                    _ = server.TryReleaseAsync(batch[i].Lease, LongestTimeToLive);
                }
            }
        }

        return replies;
    }

    /// <inheritdoc />
    public async ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken)
    {
        var votes = await new Ballot<ReleaseVote>(_servers.Length, IsDecided)
            .HoldAsync(server => _servers[server].TryReleaseAsync(lease, LongestTimeToLive), cancellationToken).ConfigureAwait(false);
        var (held, notHeld) = (Count(votes, wasHeld: true), Count(votes, wasHeld: false));

        // A majority that answered has nothing of it any more. Where only some of them had it, those that did not
        // answer may have been the rest.
        return notHeld > _rule.Spare ? false
            : held + notHeld >= _rule.Majority ? true
            : throw QuorumErrors.TooFew(_rule, held + notHeld, "confirmed the release", votes.Select(vote => vote?.Error));

        bool IsDecided(IReadOnlyList<ReleaseVote?> votes) => Count(votes, wasHeld: true) >= _rule.Majority || Count(votes, wasHeld: false) > _rule.Spare;

        static int Count(IReadOnlyList<ReleaseVote?> votes, bool wasHeld) => votes.Count(vote => vote?.WasHeld == wasHeld);
    }

    /// <inheritdoc />
    public async ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var watch = new QuorumWatch(_rule, _time);
        try
        {
            var votes = await new Ballot<bool>(_servers.Length, IsEnough).HoldAsync(WatchOneAsync, cancellationToken).ConfigureAwait(false);
            if (IsEnough(votes))
            {
                return watch;
            }
        }
        catch (OperationCanceledException)
        {
            await watch.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await watch.DisposeAsync().ConfigureAwait(false);
        return null;

        async Task<bool> WatchOneAsync(int server)
        {
            if (await _servers[server].TryWatchAsync(_names.For(request.Key, request.Mode).Lock, () => watch.Tell(server), watch.Ended).ConfigureAwait(false) is not { } part)
            {
                return false;
            }

            watch.Add(part);
            return true;
        }
    }

    /// <inheritdoc />
    /// <remarks>There is no queue, but a writer that waits keeps readers out.</remarks>
    public ValueTask LeaveAsync(LeaseReference waiter, CancellationToken cancellationToken) => waiter.Mode == LockMode.Shared
        ? new(Task.WhenAll(_servers.Select(server => server.TryReleaseAsync(waiter, LongestTimeToLive))).WaitAsync(cancellationToken))
        : ValueTask.CompletedTask;

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await Task.WhenAll(_servers.Select(server => server.DisposeAsync().AsTask())).ConfigureAwait(false);

    /// <summary>No lease of this provider is longer in the store than this after its last renewal.</summary>
    private TimeSpan LongestTimeToLive => TimeSpan.FromTicks(Interlocked.Read(ref _longestTimeToLive));

    /// <summary>Whether all servers have accepted a connection.</summary>
    internal bool IsConnected => Array.TrueForAll(_servers, server => server.Session is not null);

    private bool IsEnough(IReadOnlyList<bool?> votes) => votes.Count(vote => vote == true) >= _rule.Majority;

    private void NoteTimeToLive(TimeSpan timeToLive)
    {
        for (var longest = Interlocked.Read(ref _longestTimeToLive); timeToLive.Ticks > longest;)
        {
            longest = Interlocked.CompareExchange(ref _longestTimeToLive, timeToLive.Ticks, longest);
        }
    }
}
