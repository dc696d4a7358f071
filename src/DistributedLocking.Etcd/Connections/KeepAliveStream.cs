using DistributedLocking.Etcd.Protocol;

namespace DistributedLocking.Etcd.Connections;

/// <summary>All keep-alives of a process. The server answers them in order.</summary>
internal sealed class KeepAliveStream : DuplexStream<LeaseKeepAliveRequest, LeaseKeepAliveResponse>
{
    private readonly object _lock = new();
    private readonly Queue<TaskCompletionSource<long>> _waiting = new();

    internal KeepAliveStream(EtcdConnection connection, EtcdMember member)
        : base(connection, member) => _ = RunAsync(member.Leases.LeaseKeepAlive);

    /// <summary>Asks for a lease to last its time to live from now on.</summary>
    /// <returns>That time in seconds; 0 when the lease has ended.</returns>
    internal async Task<long> SendAsync(long lease)
    {
        var answer = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (HasEnded)
            {
                throw new DistributedLockUnavailableException($"The connection to etcd at {Member.Endpoint} was cut.") { IsUnsent = true };
            }

            _waiting.Enqueue(answer);
            Write(new LeaseKeepAliveRequest { Id = lease });
        }

        try
        {
            return await answer.Task.WaitAsync(Connection.Timeout, Connection.Time).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw Connection.Failed(Member, EtcdErrors.TimedOut(Member.Endpoint, Connection.Timeout, e));
        }
    }

    protected override void OnAnswer(LeaseKeepAliveResponse answer)
    {
        TaskCompletionSource<long>? waiting;
        lock (_lock)
        {
            _waiting.TryDequeue(out waiting);
        }

        if (Connection.NoteTerm(answer.Header.RaftTerm))
        {
            waiting?.TrySetResult(answer.Ttl);
        }
        else
        {
            waiting?.TrySetException(new DistributedLockUnavailableException($"etcd at {Member.Endpoint} answered as a leader that is none any more."));
        }
    }

    protected override void OnEnd(Exception reason)
    {
        List<TaskCompletionSource<long>> left;
        lock (_lock)
        {
            left = [.. _waiting];
            _waiting.Clear();
        }

        foreach (var waiting in left)
        {
            waiting.TrySetException(reason as DistributedLockUnavailableException ?? new DistributedLockUnavailableException("The connection to etcd was cut.", reason));
            _ = waiting.Task.Exception;
        }
    }
}
