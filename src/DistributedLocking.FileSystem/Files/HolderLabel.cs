using System.Text;

namespace DistributedLocking.FileSystem.Files;

/// <summary>
/// Who holds a file and what it stands for, for whoever looks: a line <c>@owner-id 5:lock:my-key</c> behind the tokens.
/// Locking itself never reads it.
/// </summary>
/// <param name="OwnerId">The owner; empty where several readers have the file.</param>
/// <param name="Text">What the file's name is the hash of.</param>
internal readonly record struct HolderLabel(string OwnerId, string Text)
{
    internal const byte Mark = (byte)'@';

    /// <summary>The longest that is written: nobody sees a key that is longer.</summary>
    internal const int Longest = 4096;

    internal static byte[] Encode(string ownerId, string text)
    {
        var line = $"@{ownerId} {Uri.EscapeDataString(text)}\n";
        return Encoding.UTF8.GetBytes(line.Length <= Longest ? line : "@ \n");
    }

    /// <summary>Null where the bytes are no label, or that of another file.</summary>
    internal static HolderLabel? Decode(ReadOnlySpan<byte> bytes, string fileName)
    {
        var end = bytes.IndexOf((byte)'\n');
        if (end < 0 || bytes[0] != Mark)
        {
            return null;
        }

        var line = Encoding.UTF8.GetString(bytes[1..end]);
        var space = line.LastIndexOf(' ');
        var text = space < 0 ? "" : Uri.UnescapeDataString(line[(space + 1)..]);
        return string.Equals(LockFileName.Of(text), fileName, StringComparison.Ordinal) ? new HolderLabel(line[..space], text) : null;
    }
}
