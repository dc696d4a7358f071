using DistributedLocking.Configuration;

namespace DistributedLocking.SeveralKeys;

/// <summary>
/// Acquires several keys, all or none. It tries all at once without waiting, keeps those before the first that is held,
/// releases the rest, waits for that one, and goes on behind it.
/// </summary>
/// <remarks>
/// Who waits for a key holds only keys that come before it, so no ring of callers can wait for each other: the ordering
/// of resources by Havender (1968). What is tried without waiting waits for nobody, so it may hold keys out of order.
/// </remarks>
internal sealed class KeySetAcquisition(IDistributedLock locks, string[] keys, AcquireOptions? options, bool throwIfHeld)
{
    private readonly TimeProvider _time = (locks as DistributedLock)?.Time ?? TimeProvider.System;
    private readonly AcquireOptions _options = options ?? new AcquireOptions();
    private readonly List<IDistributedLockHandle> _held = new(keys.Length);

    /// <returns>The locks; null when one was held by somebody else and that is no exception.</returns>
    internal async Task<IDistributedLockHandles?> RunAsync(CancellationToken cancellationToken)
    {
        OptionRules.Check(options);
        var started = _time.GetTimestamp();
        var budget = Budget();
        try
        {
            while (true)
            {
                var failure = await TryRestAsync(cancellationToken).ConfigureAwait(false);
                if (await CountHeldAsync().ConfigureAwait(false) == keys.Length)
                {
                    return new LockHandles([.. _held]);
                }

                var left = Left(budget, started);
                if (failure is not null && left == TimeSpan.Zero)
                {
                    throw failure;
                }

                if (!await WaitForNextAsync(left, cancellationToken).ConfigureAwait(false))
                {
                    await ReleaseAsync(0).ConfigureAwait(false);
                    return null;
                }
            }
        }
        catch
        {
            await ReleaseAsync(0).ConfigureAwait(false);
            throw;
        }
    }

    private TimeSpan Budget()
    {
        if (_options.WaitTimeout is { } wait)
        {
            return wait;
        }

        if (!throwIfHeld)
        {
            return TimeSpan.Zero;
        }

        // Another implementation of the interface does not say what it is configured with.
        var retry = _options.Retry ?? (locks as DistributedLock)?.DefaultRetry ?? new DistributedLockOptions().Retry;
        return retry.GetTotalDelay();
    }

    private TimeSpan Left(TimeSpan budget, long started)
    {
        if (budget == Timeout.InfiniteTimeSpan)
        {
            return budget;
        }

        var left = budget - _time.GetElapsedTime(started);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Tries all that are missing, at once, and keeps those before the first that was not granted.</summary>
    /// <returns>Why the first that was not granted failed; null when somebody holds it.</returns>
    private async Task<DistributedLockUnavailableException?> TryRestAsync(CancellationToken cancellationToken)
    {
        var attempt = _options with { WaitTimeout = TimeSpan.Zero };
        var tries = keys.Skip(_held.Count)
            .Select(key => TryAsync(key, attempt, cancellationToken))
            .ToArray();
        Task all = Task.WhenAll(tries);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        var isInOrder = true;
        DistributedLockUnavailableException? failure = null;
        List<IDistributedLockHandle> rest = [];
        foreach (var task in tries)
        {
            var handle = task.IsCompletedSuccessfully ? await task.ConfigureAwait(false) : null;
            if (isInOrder && handle is null)
            {
                failure = task.Exception?.InnerException as DistributedLockUnavailableException;
            }

            isInOrder &= handle is not null;
            if (handle is not null)
            {
                (isInOrder ? _held : rest).Add(handle);
            }
        }

        await ReleaseAsync(rest).ConfigureAwait(false);
        foreach (var task in tries.Where(task => !task.IsCompletedSuccessfully && !IsUnavailable(task)))
        {
            // It was cancelled, or the lock disposed of: there is nothing to wait for.
            await task.ConfigureAwait(false);
        }

        return failure;
    }

    private async Task<IDistributedLockHandle?> TryAsync(string key, AcquireOptions attempt, CancellationToken cancellationToken) =>
        await locks.TryAcquireAsync(key, attempt, cancellationToken).ConfigureAwait(false);

    private static bool IsUnavailable(Task task) => task.Exception?.InnerException is DistributedLockUnavailableException;

    /// <summary>
    /// How many are held now. A lease that has ended meanwhile is asked for again, and those behind it are, too.
    /// </summary>
    private async Task<int> CountHeldAsync()
    {
        var count = _held.FindIndex(handle => !handle.IsHeld);
        if (count >= 0)
        {
            await ReleaseAsync(count).ConfigureAwait(false);
        }

        return _held.Count;
    }

    /// <summary>Waits for the first key that is missing.</summary>
    /// <returns>False when it was held for the whole wait and that is no exception.</returns>
    private async Task<bool> WaitForNextAsync(TimeSpan left, CancellationToken cancellationToken)
    {
        var key = keys[_held.Count];
        var wait = _options with { WaitTimeout = left };
        if (throwIfHeld)
        {
            _held.Add(await locks.AcquireAsync(key, wait, cancellationToken).ConfigureAwait(false));
            return true;
        }

        if (left == TimeSpan.Zero || await locks.TryAcquireAsync(key, wait, cancellationToken).ConfigureAwait(false) is not { } handle)
        {
            return false;
        }

        _held.Add(handle);
        return true;
    }

    private async Task ReleaseAsync(int from)
    {
        var released = _held.GetRange(from, _held.Count - from);
        _held.RemoveRange(from, released.Count);
        await ReleaseAsync(released).ConfigureAwait(false);
    }

    private static Task ReleaseAsync(List<IDistributedLockHandle> handles) =>
        Task.WhenAll(handles.Select(handle => handle.DisposeAsync().AsTask()));
}
