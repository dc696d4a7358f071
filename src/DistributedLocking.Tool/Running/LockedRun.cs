using System.Globalization;
using DistributedLocking.Tool.Commands;
using DistributedLocking.Tool.Stores;

namespace DistributedLocking.Tool.Running;

/// <summary>Acquires, runs the command, and releases.</summary>
internal static class LockedRun
{
    internal static async Task<int> RunAsync(StoreAddress store, LockRequest request, string[] line, TimeSpan grace, int exitCodeIfHeld)
    {
        using var signals = new Signals();
        await using var services = store.Open();
        IDistributedLockHandle? handle;
        try
        {
            handle = await request.TryAcquireAsync(services, signals.First);
        }
        catch (OperationCanceledException) when (signals.First.IsCancellationRequested)
        {
            return ExitCode.Signalled(signals.FirstNumber);
        }

        if (handle is null)
        {
            return exitCodeIfHeld == ExitCode.Success
                ? exitCodeIfHeld
                : await DlockCommand.FailAsync($"'{request.Key}' is held by somebody else.", exitCodeIfHeld);
        }

        await using (handle)
        {
            using var command = ChildCommand.TryStart(line, Variables(handle), out var failure);
            if (command is null)
            {
                return await DlockCommand.FailAsync(failure.Message, failure.ExitCode);
            }

            signals.PassTo(command);
            var isLost = !await command.WaitAsync(handle.LostToken);
            if (isLost)
            {
                await command.EndAsync(grace);
            }

            return isLost || !await ReleaseAsync(handle)
                ? await DlockCommand.FailAsync($"the lock on '{request.Key}' was lost while the command ran.", ExitCode.Lost)
                : command.ExitCode;
        }
    }

    /// <summary>False when it had been lost. A release that fails is no loss: the lock ends at its time to live.</summary>
    private static async Task<bool> ReleaseAsync(IDistributedLockHandle handle)
    {
        try
        {
            return await handle.ReleaseAsync();
        }
        catch (DistributedLockUnavailableException e)
        {
            await Console.Error.WriteLineAsync($"dlock: the lock ends at its time to live, for its release failed: {e.Message}");
            return true;
        }
    }

    private static (string Name, string Value)[] Variables(IDistributedLockHandle handle) =>
    [
        ("DLOCK_KEY", handle.Key),
        ("DLOCK_OWNER", handle.OwnerId),
        ("DLOCK_FENCING_TOKEN", handle.FencingToken.ToString(CultureInfo.InvariantCulture)),
    ];
}
