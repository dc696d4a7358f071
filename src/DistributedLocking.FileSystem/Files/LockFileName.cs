using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DistributedLocking.FileSystem.Files;

/// <summary>Maps keys to file names so that no two become one on any file system.</summary>
internal static class LockFileName
{
    internal const string Extension = ".lock";

    private const int HashDigits = 2 * SHA256.HashSizeInBytes;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    internal static bool IsOne(string name) =>
        name.Length == HashDigits + Extension.Length
        && name.EndsWith(Extension, StringComparison.Ordinal)
        && name.AsSpan(0, HashDigits).IndexOfAnyExcept(Digits) < 0;

    /// <summary>
    /// The SHA-256 of the UTF-8 of a <see cref="Text(string, string)"/>, in lower-case hexadecimal. The key itself is not part of the
    /// name: file systems fold case, normal forms and trailing dots, and names end up in the messages of exceptions,
    /// where a key may not be shown.
    /// </summary>
    internal static string Of(string keyPrefix, string key) => Of(Text(keyPrefix, key));

    /// <summary>
    /// What stands for a key, such as <c>5:lock:my-key</c>: the prefix's length in bytes, which tells where the key
    /// begins, a colon, prefix and key.
    /// </summary>
    internal static string Text(string keyPrefix, string key) =>
        string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(keyPrefix)}:{keyPrefix}{key}");

    /// <summary>
    /// For another file of the same key, such as <c>shared/5:lock:my-key</c>: the slash keeps it apart from all of the
    /// others.
    /// </summary>
    internal static string Text(string keyPrefix, string key, string part) => $"{part}/{Text(keyPrefix, key)}";

    internal static string Of(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
#if NET9_0_OR_GREATER
        return Convert.ToHexStringLower(hash) + Extension;
#else
        return string.Create(hash.Length * 2, Convert.ToHexString(hash), static (text, upper) => upper.AsSpan().ToLowerInvariant(text)) + Extension;
#endif
    }
}
