using System.Security.Cryptography;
using System.Text;

namespace DistributedLocking.Sql.Keys;

/// <summary>Maps keys to what the table holds: their UTF-8 bytes, which no collation folds. A longer one is hashed behind a byte that UTF-8 never has.</summary>
internal sealed class KeyBytes(string prefix)
{
    /// <summary>The width of the column: what an index of every supported server takes.</summary>
    internal const int Longest = 255;

    private const byte HashMarker = 0xFF;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Encodes a key that nobody has checked.</summary>
    /// <exception cref="ArgumentException">The key is null, empty, or ill-formed UTF-16: replacement characters would make one key of two.</exception>
    internal byte[] EncodeChecked(string key, string parameterName)
    {
        ArgumentException.ThrowIfNullOrEmpty(key, parameterName);
        try
        {
            Strict.GetByteCount(prefix + key);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException("The name must be well-formed UTF-16: it has a surrogate without its partner.", parameterName, e);
        }

        return Encode(key);
    }

    internal byte[] Encode(string key)
    {
        var bytes = Encoding.UTF8.GetBytes(prefix + key);
        return bytes.Length <= Longest ? bytes : [HashMarker, .. SHA256.HashData(bytes)];
    }
}
