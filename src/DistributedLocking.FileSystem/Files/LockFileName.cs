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
    /// The SHA-256 of the UTF-8 of <c>5:lock:my-key</c>, in lower-case hexadecimal: the prefix's length in bytes, which
    /// tells where the key begins, a colon, prefix and key. The key itself is not part of the name: file systems fold
    /// case, normal forms and trailing dots, and names end up in the messages of exceptions, where a key may not be
    /// shown.
    /// </summary>
    internal static string Of(string keyPrefix, string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var length = Encoding.UTF8.GetByteCount(keyPrefix);
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length}:{keyPrefix}{key}")), hash);
#if NET9_0_OR_GREATER
        return Convert.ToHexStringLower(hash) + Extension;
#else
        return string.Create(hash.Length * 2, Convert.ToHexString(hash), static (text, upper) => upper.AsSpan().ToLowerInvariant(text)) + Extension;
#endif
    }
}
