using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DistributedLocking.Telemetry;

/// <summary>
/// How a key appears in log entries and messages: as it is where the options allow it, else as a short hash by which
/// entries can be correlated.
/// </summary>
/// <remarks>
/// The hash is the same in all processes with the same <see cref="DistributedLockOptions.KeyPrefix"/>, which is its
/// secret: who does not know the prefix can't check a guess. With the default prefix a guess can be checked, as with
/// any hash that needs no configuration.
/// </remarks>
internal sealed class KeyName(string prefix, bool reveal)
{
    private readonly byte[] _secret = Encoding.UTF8.GetBytes(prefix);

    internal bool IsRevealed => reveal;

    internal string Of(string key) => reveal ? key : Hash(key);

    internal string Hash(string key)
    {
        var hash = HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(key));
        return string.Create(CultureInfo.InvariantCulture, $"key#{BinaryPrimitives.ReadUInt32BigEndian(hash):x8}");
    }
}
