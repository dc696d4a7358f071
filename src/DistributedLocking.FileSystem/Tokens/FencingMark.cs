using DistributedLocking.FileSystem.Files;
using Microsoft.Win32.SafeHandles;

namespace DistributedLocking.FileSystem.Tokens;

/// <summary>The largest fencing token that was given in a directory, kept in one file for all keys.</summary>
/// <remarks>
/// <para>Writers take turns by an exclusive lock on a second file, the guard. Readers need no turn: the mark itself is
/// only ever opened shared, its two slots are written in turn, and the one that is not being written holds the newest
/// finished value.</para>
/// <para>A process may be stopped for long while it has the guard. Nobody waits for it: after some milliseconds a token
/// is given that is larger than the mark but not recorded in it. It is safe in its lock file, which then stays until
/// the mark can be raised.</para>
/// <para>
/// Nothing is flushed to the disk. After a power failure the store may have lost its data, and the clock alone makes
/// tokens rise.
/// </para>
/// </remarks>
internal sealed class FencingMark(string directory, TimeProvider timeProvider)
{
    internal const string MarkName = "fencing.mark";
    internal const string GuardName = "fencing.guard";

    /// <summary>The largest token that can be shown as a time.</summary>
    internal const long LargestTime = 253_402_300_799_000_000;

    private const int GuardAttempts = 20;
    private const int TornReads = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly object _gate = new();
    private readonly string _path = Path.Combine(directory, MarkName);
    private readonly string _guardPath = Path.Combine(directory, GuardName);

    /// <summary>Gives a token above the mark and the floor, and not below the clock.</summary>
    /// <param name="floor">The token that the key's own file has; 0 for none.</param>
    /// <returns>The token, and whether the mark is at least as large now.</returns>
    internal (long Token, bool IsRecorded) Next(long floor)
    {
        using var mark = PlainFile.Open(_path, FileShare.ReadWrite | FileShare.Delete);
        if (Monitor.TryEnter(_gate, Patience))
        {
            try
            {
                using var guard = TryTakeGuard();
                if (guard is not null && PlainFile.LeadsTo(_path, mark))
                {
                    var slots = TokenSlots.ReadOurs(mark, _path);
                    var token = After(Math.Max(slots.Token, floor));
                    TokenSlots.Write(mark, slots, token);
                    return (token, true);
                }
            }
            finally
            {
                Monitor.Exit(_gate);
            }
        }

        return (After(Math.Max(ReadBesideWriters(mark), floor)), false);
    }

    // A slot that is being written looks torn for an instant; one that stays torn was cut short by a crash.
    private long ReadBesideWriters(SafeFileHandle mark)
    {
        var slots = TokenSlots.ReadOurs(mark, _path);
        for (var i = 0; slots.IsTorn && i < TornReads; i++)
        {
            slots = TokenSlots.ReadOurs(mark, _path);
        }

        return slots.Token;
    }

    private SafeFileHandle? TryTakeGuard()
    {
        var spinner = default(SpinWait);
        for (var attempt = 0; attempt < GuardAttempts; attempt++)
        {
            try
            {
                return PlainFile.Open(_guardPath, FileShare.None);
            }
            catch (IOException e) when (FileErrors.IsSharingViolation(e))
            {
                spinner.SpinOnce();
            }
        }

        return null;
    }

    private long After(long token) => Math.Max(token + 1, (timeProvider.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
}
