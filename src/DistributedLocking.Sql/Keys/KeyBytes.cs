using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DistributedLocking.Sql.Keys;

/// <summary>
/// Maps keys to what a table holds: their UTF-8 bytes, which no collation folds. A longer one is hashed behind a byte
/// that UTF-8 never has.
/// </summary>
internal sealed class KeyBytes
{
    /// <summary>The width of the column: what an index of every supported server takes.</summary>
    internal const int Longest = 255;

    private const byte HashMarker = 0xFF;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _start;

    private KeyBytes(string start) => _start = start;

    /// <summary>For the fencing guard's resources, which have no prefix.</summary>
    internal static KeyBytes OfResources { get; } = new("");

    /// <summary>
    /// For the keys of locks: <c>5:lock:orders:42</c>. The prefix's length in bytes tells where the key begins, or else
    /// the prefix <c>shop:</c> and the key <c>lock:1</c> would meet the prefix <c>shop:lock:</c> and the key <c>1</c>.
    /// </summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="kind">What stands before it for other locks than the exclusive ones, no digit.</param>
    internal static KeyBytes OfLocks(string prefix, string kind = "") =>
        new(string.Create(CultureInfo.InvariantCulture, $"{kind}{Encoding.UTF8.GetByteCount(prefix)}:{prefix}"));

    /// <summary>Encodes a key that nobody has checked, nor its prefix.</summary>
    /// <exception cref="ArgumentException">
    /// The key is null or empty, or it or the prefix is ill-formed UTF-16: replacement characters would make one key of
    /// two.
    /// </exception>
    internal byte[] EncodeChecked(string key, string parameterName)
    {
        ArgumentException.ThrowIfNullOrEmpty(key, parameterName);
        try
        {
            Strict.GetByteCount(_start);
            Strict.GetByteCount(key);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException("The name must be well-formed UTF-16: it has a surrogate without its partner.", parameterName, e);
        }

        return Encode(key);
    }

    internal byte[] Encode(string key)
    {
        var bytes = Encoding.UTF8.GetBytes(_start + key);
        return bytes.Length <= Longest ? bytes : [HashMarker, .. SHA256.HashData(bytes)];
    }

    /// <summary>
    /// Where the keys that begin so are, from the first on and before the second: UTF-8 has no byte as large as the
    /// marker of those that are hashed, of which nobody can tell how they begin.
    /// </summary>
    internal (byte[] From, byte[] To) Range(string keyPrefix)
    {
        var from = Encoding.UTF8.GetBytes(_start + keyPrefix);
        return (from, [.. from, HashMarker]);
    }

    /// <summary>The key of bytes in such a range.</summary>
    internal string Decode(byte[] bytes) => Encoding.UTF8.GetString(bytes)[_start.Length..];

    /// <summary>The next that there can be.</summary>
    internal static byte[] After(byte[] bytes) => [.. bytes, 0];
}
