using System.Threading.Tasks.Sources;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Commands;

/// <summary>One call's answer, or its time-out, or its cancellation, whichever is first. Reused, since every call needs one.</summary>
/// <remarks>
/// <para>The answer is that of a script's call of its own, or it is told by who asked for several calls at once.</para>
/// <para>The state is a version with an outcome in its low bits. A timer or cancellation that fires late finds another version and does nothing, so an
/// object can be used again while such a straggler is still on its way.</para>
/// <para>Only an object whose command was answered is used again: otherwise the client may still hold on to it.</para>
/// <para>An answer leaves the timer running, which then serves the next command; it looks at the deadline when it fires. So a command seldom sets it.</para>
/// </remarks>
internal sealed class PendingReply : IValueTaskSource<RedisResult?>, IValueTaskSource<bool>
{
    private const long Pending = 0, Answered = 1, TimedOut = 2, Cancelled = 3, Resending = 4, OutcomeMask = 7, NextVersion = 8;

    private static readonly TimeSpan TimerTick = TimeSpan.FromMilliseconds(1);

    private readonly ScriptCaller _owner;
    private readonly ITimer _timer;
    private readonly Action _onReply;
    private ManualResetValueTaskSourceCore<RedisResult?> _core;
    private CancellationTokenRegistration _cancellation;
    private CancellationToken _cancellationToken;
    private ScriptCall _call;
    private bool _isByHash;
    private Task<RedisResult>? _reply;
    private bool _leaveThread;
    private long _deadline;
    private long _state = Answered;
    private int _isArmed;

    internal PendingReply(ScriptCaller owner)
    {
        _owner = owner;
        _onReply = OnReply;
        _timer = owner.Time.CreateTimer(static self => ((PendingReply)self!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether nobody knows yet what came of the call.</summary>
    internal bool IsPending => (Volatile.Read(ref _state) & OutcomeMask) == Pending;

    /// <summary>Sends a call, and starts to wait for the answer.</summary>
    internal ValueTask<RedisResult?> SendAsync(ScriptCall call, bool byHash, CancellationToken cancellationToken) =>
        new(this, Begin(call, byHash, cancellationToken));

    /// <summary>Sends a call that answers 1 or 0, and starts to wait for the answer.</summary>
    internal ValueTask<bool> CheckAsync(ScriptCall call, bool byHash, CancellationToken cancellationToken) =>
        new(this, Begin(call, byHash, cancellationToken));

    /// <summary>Starts to wait for <see cref="Tell"/> or <see cref="Fail"/>, one of which is called once at most.</summary>
    internal ValueTask<RedisResult?> StartAsync(CancellationToken cancellationToken) => new(this, Start(cancellationToken));

    /// <summary>The answer is there.</summary>
    internal void Tell(RedisResult? answer)
    {
        if (TryAnswer())
        {
            _core.SetResult(answer);
        }
    }

    /// <summary>There will be no answer.</summary>
    internal void Fail(Exception error)
    {
        if (TryAnswer())
        {
            _core.SetException(error);
        }
    }

    public RedisResult? GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            var isReusable = (Volatile.Read(ref _state) & OutcomeMask) == Answered;
            if (isReusable)
            {
                (_call, _reply) = (default, null);
                (_cancellation, _cancellationToken) = (default, default);
            }

            if (!_owner.End(this, isReusable))
            {
                _timer.Dispose();
            }
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => (long)GetResult(token)! == 1;

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private short Begin(ScriptCall call, bool byHash, CancellationToken cancellationToken)
    {
        _call = call;
        _isByHash = byHash;
        var reply = call.SendAsync(byHash);
        var token = Start(cancellationToken);
        Await(reply);
        return token;
    }

    private short Start(CancellationToken cancellationToken)
    {
        // Who tells it may have others to tell, and must not run their callers' code.
        _leaveThread = true;
        _core.Reset();
        _cancellationToken = cancellationToken;
        _deadline = _owner.Time.GetTimestamp() + _owner.TimeoutTicks;
        var version = (Volatile.Read(ref _state) & ~OutcomeMask) + NextVersion;
        Volatile.Write(ref _state, version);
        Arm(_owner.Timeout);
        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(static self => ((PendingReply)self!).OnCancelled(), this);
        }

        return _core.Version;
    }

    private void Await(Task<RedisResult> reply)
    {
        _reply = reply;
        if (reply.IsCompleted)
        {
            OnReply();
            return;
        }

        // Without this option the client may complete it on a thread that serves other commands too.
        _leaveThread = !reply.CreationOptions.HasFlag(TaskCreationOptions.RunContinuationsAsynchronously);
        reply.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onReply);
    }

    private void OnReply()
    {
        var reply = _reply!;
        if (reply.IsCompletedSuccessfully)
        {
            Tell(reply.GetAwaiter().GetResult());
            return;
        }

        // Its exception is observed in any case, so that a late failure is not reported as unobserved.
        var error = reply.Exception?.InnerException ?? new TaskCanceledException(reply);
        if (_isByHash && _call.Session.Rights.NeedsText(error))
        {
            SendText();
        }
        else
        {
            Fail(_owner.Translate(error));
        }
    }

    /// <summary>
    /// Sends the call again, with the script, unless it was given up. While it is sent nobody gives it up: what then cleans up after it must not overtake it.
    /// </summary>
    private void SendText()
    {
        var version = Volatile.Read(ref _state) & ~OutcomeMask;
        if (!TryEnd(version, Resending))
        {
            return;
        }

        _isByHash = false;
        var reply = _call.SendAsync(byHash: false);
        _deadline = _owner.Time.GetTimestamp() + _owner.TimeoutTicks;
        Volatile.Write(ref _state, version);

        // The timer and the cancellation may have come meanwhile, in vain.
        Arm(_owner.Timeout);
        OnCancelled();
        Await(reply);
    }

    private bool TryAnswer()
    {
        if (!TryEnd(Volatile.Read(ref _state) & ~OutcomeMask, Answered))
        {
            return false;
        }

        _cancellation.Dispose();

        // Another hop through the thread pool costs a context switch, so it is made only where it has to be.
        _core.RunContinuationsAsynchronously = _leaveThread;
        return true;
    }

    private void Arm(TimeSpan dueTime)
    {
        if (Interlocked.Exchange(ref _isArmed, 1) == 0)
        {
            _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimer()
    {
        // First, so that of this and a command that starts meanwhile one at least sees the other.
        Interlocked.Exchange(ref _isArmed, 0);
        var state = Volatile.Read(ref _state);
        if ((state & OutcomeMask) != Pending)
        {
            return;
        }

        // It was set for a command before. And timers count in coarser ticks than timestamps, and may be a little early.
        var early = Volatile.Read(ref _deadline) - _owner.Time.GetTimestamp();
        if (early > 0)
        {
            Arm(TimeSpan.FromSeconds((double)early / _owner.Time.TimestampFrequency) + TimerTick);
        }
        else if (TryEnd(state, TimedOut))
        {
            _cancellation.Dispose();
            _core.RunContinuationsAsynchronously = true;
            _core.SetException(RedisFault.TimedOut(_owner.Timeout, _owner.Outage, _owner.TimeoutName));
        }
    }

    private void OnCancelled()
    {
        var version = Volatile.Read(ref _state) & ~OutcomeMask;
        if (_cancellationToken.IsCancellationRequested && TryEnd(version, Cancelled))
        {
            _timer.Dispose();

            // The thread is that of whoever cancels, who must not run the caller's code.
            _core.RunContinuationsAsynchronously = true;
            _core.SetException(new OperationCanceledException(_cancellationToken));
        }
    }

    private bool TryEnd(long version, long outcome) => Interlocked.CompareExchange(ref _state, version | outcome, version | Pending) == (version | Pending);
}
