namespace DistributedLocking.Testing.Conformance.Probes;

/// <summary>
/// A room that notices who is in it at the same time: nobody beside a writer, and never more than a limit.
/// </summary>
internal sealed class UnprotectedRoom(int limit)
{
    private readonly object _lock = new();
    private int _inside;
    private bool _hasWriter;
    private string? _violation;

    /// <summary>The most that were inside at once.</summary>
    internal int Most { get; private set; }

    /// <summary>How many have been inside.</summary>
    internal int Visits { get; private set; }

    /// <summary>Goes in and out again, holding the lock.</summary>
    internal async Task VisitAsync(IDistributedLockHandle handle, bool isWriter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _inside++;
            Visits++;
            Most = Math.Max(Most, _inside);
            _violation ??= _hasWriter ? "Somebody came in while a writer was inside."
                : isWriter && _inside > 1 ? "A writer came in while somebody was inside."
                : _inside > limit ? $"{_inside} were inside where {limit} may be."
                : !handle.IsHeld ? "A holder was inside without IsHeld."
                : null;
            _hasWriter |= isWriter;
        }

        // Long enough for another one to come in, if the lock lets it.
        await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            _inside--;
            _hasWriter &= !isWriter;
        }
    }

    /// <summary>Visits under the lock, again and again.</summary>
    internal async Task RunAsync(IDistributedLock locks, string key, bool isWriter, int times, CancellationToken cancellationToken)
    {
        for (var i = 0; i < times; i++)
        {
            var handle = await locks.AcquireAsync(key, Leases.LongWait, cancellationToken).ConfigureAwait(false);
            await VisitAsync(handle, isWriter, cancellationToken).ConfigureAwait(false);
            Expect.True(await handle.ReleaseAsync(cancellationToken).ConfigureAwait(false), "The release of a held lock should be true.");
        }
    }

    internal void Verify() => Expect.Null(_violation, _violation ?? "");
}
