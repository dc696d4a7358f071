namespace DistributedLocking.Hosting;

/// <summary>
/// A term of this process as the leader. It ends when the leadership is lost, or when the work or the host ends.
/// </summary>
/// <remarks>
/// Nobody else leads while this process holds the leadership, but a process that pauses may act on a term that has
/// ended. Pass <see cref="FencingToken"/> to a guard where data must never be written by a leader that is none any
/// more.
/// </remarks>
public interface ILeadership
{
    /// <summary>The key that is led for.</summary>
    string Key { get; }

    /// <summary>A number larger than that of every earlier term, in every process.</summary>
    long FencingToken { get; }

    /// <summary>Cancelled when the leadership is lost, and never when the host stops or the work ends.</summary>
    CancellationToken LostToken { get; }
}
