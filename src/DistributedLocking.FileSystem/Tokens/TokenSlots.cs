using System.Globalization;
using System.Security.Cryptography;
using DistributedLocking.FileSystem.Files;
using Microsoft.Win32.SafeHandles;

namespace DistributedLocking.FileSystem.Tokens;

/// <summary>
/// A token in a file, in two slots that are written in turn, so that a write cut short never costs more than the newest
/// value. A slot is a line of text: 19 digits and the first eight hexadecimal digits of their SHA-256. In a lock file
/// they are followed by its label.
/// </summary>
/// <param name="Token">The larger token of the two slots; 0 when there is none.</param>
/// <param name="Spare">The slot to write next.</param>
/// <param name="IsTorn">Whether a slot has something else than a token in it.</param>
/// <param name="IsForeign">
/// Whether the file has something in it that no write of a token leaves, not even one that was cut short.
/// </param>
internal readonly record struct TokenSlots(long Token, int Spare, bool IsTorn, bool IsForeign = false)
{
    private const int Digits = 19;
    private const int ChecksumDigits = 8;
    private const int SlotLength = Digits + 1 + ChecksumDigits + 1;

    // Both sort below every token, so that such a slot is written next, a torn one first.
    private const long Empty = -1;
    private const long Torn = -2;

    /// <summary>Where a label begins.</summary>
    internal const int LabelStart = 2 * SlotLength;

    internal static TokenSlots Read(SafeFileHandle handle) => Read(handle, out _);

    private static TokenSlots Read(SafeFileHandle handle, out bool isEmpty)
    {
        Span<byte> buffer = stackalloc byte[LabelStart + 1];
        var length = RandomAccess.Read(handle, buffer, 0);
        isEmpty = length == 0;
        var one = buffer[..Math.Min(length, SlotLength)];
        var other = buffer[one.Length..Math.Min(length, 2 * SlotLength)];
        var (first, second) = (Parse(one), Parse(other));
        return new TokenSlots(
            Math.Max(Math.Max(first, second), 0),
            first <= second ? 0 : 1,
            first == Torn || second == Torn,
            (length == buffer.Length && buffer[LabelStart] != HolderLabel.Mark) || IsForeignTo(one) || IsForeignTo(other));
    }

    /// <summary>Reads a file that has nothing in it but tokens.</summary>
    /// <exception cref="DistributedLockUnavailableException">
    /// It has: a hard link may have put somebody else's file in the place of ours.
    /// </exception>
    internal static TokenSlots ReadOurs(SafeFileHandle handle, string path) => ReadOurs(handle, path, out _);

    /// <inheritdoc cref="ReadOurs(SafeFileHandle, string)" />
    internal static TokenSlots ReadOurs(SafeFileHandle handle, string path, out bool isEmpty)
    {
        var slots = Read(handle, out isEmpty);
        return slots.IsForeign ? throw FileErrors.NotOurs(path, "has something else than fencing tokens in it") : slots;
    }

    /// <summary>Writes the label of readers, if no other has. All that come at the same time write the same.</summary>
    internal static void WriteSharedLabel(SafeFileHandle handle, bool isEmpty, byte[] label)
    {
        if (isEmpty)
        {
            RandomAccess.Write(handle, label, LabelStart);
        }
    }

    /// <summary>
    /// Writes a token into the spare slot, and a label: at once where the file is empty, as it is unless a holder of the
    /// key has crashed.
    /// </summary>
    internal static void Write(SafeFileHandle handle, TokenSlots slots, long token, bool isEmpty, byte[] label)
    {
        if (isEmpty)
        {
            var all = new byte[LabelStart + label.Length];
            Fill(all.AsSpan(0, SlotLength), token);
            label.CopyTo(all, LabelStart);
            RandomAccess.Write(handle, all, 0);
            return;
        }

        Write(handle, slots, token);
        RandomAccess.Write(handle, label, LabelStart);
    }

    /// <summary>Writes a token into the spare slot.</summary>
    internal static void Write(SafeFileHandle handle, TokenSlots slots, long token)
    {
        Span<byte> slot = stackalloc byte[SlotLength];
        Fill(slot, token);
        RandomAccess.Write(handle, slot, slots.Spare * (long)SlotLength);
    }

    private static void Fill(Span<byte> slot, long token)
    {
        token.TryFormat(slot, out _, "D19", CultureInfo.InvariantCulture);
        slot[Digits] = (byte)' ';
        WriteChecksum(slot[..Digits], slot.Slice(Digits + 1, ChecksumDigits));
        slot[^1] = (byte)'\n';
    }

    private static long Parse(ReadOnlySpan<byte> slot)
    {
        if (slot.IsEmpty)
        {
            return Empty;
        }

        Span<byte> checksum = stackalloc byte[ChecksumDigits];
        if (slot.Length < SlotLength || !long.TryParse(slot[..Digits], NumberStyles.None, CultureInfo.InvariantCulture, out var token))
        {
            return Torn;
        }

        WriteChecksum(slot[..Digits], checksum);
        return slot.Slice(Digits + 1, ChecksumDigits).SequenceEqual(checksum) ? token : Torn;
    }

    // A torn slot has its digits, some of them of the token before; or zeros, where the power failed.
    private static bool IsForeignTo(ReadOnlySpan<byte> slot)
    {
        for (var i = 0; i < slot.Length; i++)
        {
            var isOurs = slot[i] == 0 || i switch
            {
                < Digits => char.IsAsciiDigit((char)slot[i]),
                Digits => slot[i] == ' ',
                SlotLength - 1 => slot[i] == '\n',
                _ => char.IsAsciiHexDigitLower((char)slot[i]),
            };
            if (!isOurs)
            {
                return true;
            }
        }

        return slot.Length is > 0 and <= Digits;
    }

    private static void WriteChecksum(ReadOnlySpan<byte> digits, Span<byte> checksum)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(digits, hash);
        for (var i = 0; i < ChecksumDigits / 2; i++)
        {
            hash[i].TryFormat(checksum[(2 * i)..], out _, "x2", CultureInfo.InvariantCulture);
        }
    }
}
