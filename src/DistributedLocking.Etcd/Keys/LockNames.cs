using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace DistributedLocking.Etcd.Keys;

/// <summary>
/// The names in etcd. Those that hold a lock or wait for it are below the lock: the prefix, byte FC, the key, byte FE,
/// the owner's id. What belongs to no lock is below the prefix and byte FD.
/// </summary>
/// <remarks>
/// UTF-8 never has these bytes, so no key and no prefix can spell another's name, and the names of one lock are the
/// range from FE to FF.
/// </remarks>
internal sealed class LockNames
{
    private const byte AfterPrefix = 0xFC;
    private const byte Shared = 0xFD;
    private const byte Owners = 0xFE;
    private const byte AfterOwners = 0xFF;

    private readonly byte[] _prefix;

    internal LockNames(string prefix)
    {
        _prefix = Encoding.UTF8.GetBytes(prefix);
        TokenBase = ByteString.CopyFrom([.. _prefix, Shared, .. "token-base"u8]);
        Epoch = ByteString.CopyFrom([.. _prefix, Shared, .. "epoch:"u8, .. RandomNumberGenerator.GetBytes(16)]);
    }

    /// <summary>What fencing tokens are counted from.</summary>
    internal ByteString TokenBase { get; }

    /// <summary>This process's own: see <see cref="Acquiring.Epoch"/>.</summary>
    internal ByteString Epoch { get; }

    /// <summary>What an owner has that holds the lock or waits for it.</summary>
    internal ByteString Owner(string key, string ownerId) => Name(key, Owners, Encoding.UTF8.GetBytes(ownerId));

    /// <summary>Where the range of a lock's owners begins.</summary>
    internal ByteString First(string key) => Name(key, Owners, []);

    /// <summary>Where it ends.</summary>
    internal ByteString End(string key) => Name(key, AfterOwners, []);

    private ByteString Name(string key, byte kind, ReadOnlySpan<byte> end)
    {
        var name = new byte[_prefix.Length + 1 + Encoding.UTF8.GetByteCount(key) + 1 + end.Length];
        _prefix.CopyTo(name, 0);
        name[_prefix.Length] = AfterPrefix;
        var at = _prefix.Length + 1;
        at += Encoding.UTF8.GetBytes(key, name.AsSpan(at));
        name[at] = kind;
        end.CopyTo(name.AsSpan(at + 1));
        return UnsafeByteOperations.UnsafeWrap(name);
    }
}
