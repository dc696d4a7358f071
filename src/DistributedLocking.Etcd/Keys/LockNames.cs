using System.Security.Cryptography;
using System.Text;
using DistributedLocking.Providers;
using Google.Protobuf;

namespace DistributedLocking.Etcd.Keys;

/// <summary>
/// The names in etcd. Those that hold a lock or wait for it are below the lock: the prefix, byte FC, the key, a byte for
/// the mode, and the owner's id. What belongs to no lock is below the prefix and byte FD.
/// </summary>
/// <remarks>
/// UTF-8 never has these bytes, so no key and no prefix can spell another's name, and the names of one lock are a range.
/// In a reader-writer lock and a semaphore the owner's id comes after an 'X' where nobody may hold beside it, else after
/// an 'N', so that writers are a range too.
/// </remarks>
internal sealed class LockNames
{
    private const byte AfterPrefix = 0xFC;
    private const byte Shared = 0xFD;

    /// <summary>UTF-8 has no byte that is as large.</summary>
    private const byte FirstKind = 0xF8;

    private const byte AloneClass = (byte)'X';
    private const byte BesideClass = (byte)'N';

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
    internal ByteString Owner(in AcquireRequest request) => Owner(new LeaseReference(request.Key, request.OwnerId) { Mode = request.Mode }, request.Limit == 1);

    /// <summary>The names that an owner may have: where it is not known whether others may hold beside it, two.</summary>
    internal ByteString[] Owners(LeaseReference lease) =>
        lease.Mode == LockMode.Exclusive ? [Owner(lease, isAlone: true)] : [Owner(lease, isAlone: true), Owner(lease, isAlone: false)];

    /// <summary>All that hold a lock or wait for it.</summary>
    internal NameRange All(string key, LockMode mode) => new(Name(key, Kind(mode), []), Name(key, (byte)(Kind(mode) + 1), []));

    /// <summary>Those of them that nobody may hold beside.</summary>
    internal NameRange Alone(string key, LockMode mode) => new(Name(key, Kind(mode), [AloneClass]), Name(key, Kind(mode), [AloneClass + 1]));

    /// <summary>All that hold or wait for any of the locks of a key, or of all keys that begin so.</summary>
    internal NameRange AllOf(string key, bool isPrefix)
    {
        byte[] start = [.. _prefix, AfterPrefix, .. Encoding.UTF8.GetBytes(key)];
        return new(ByteString.CopyFrom(isPrefix ? start : [.. start, FirstKind]), ByteString.CopyFrom([.. start, byte.MaxValue]));
    }

    /// <summary>What a name below a lock says.</summary>
    internal OwnerName? Read(ByteString name)
    {
        var rest = name.Span[(_prefix.Length + 1)..];
        var end = rest.IndexOfAnyInRange(FirstKind, byte.MaxValue);
        LockMode? mode = end < 0 ? null : rest[end] switch { 0xFE => LockMode.Exclusive, 0xFA => LockMode.Shared, 0xF8 => LockMode.Counted, _ => null };
        if (mode is not { } known)
        {
            return null;
        }

        var owner = rest[(end + 1)..];
        var isAlone = known == LockMode.Exclusive || owner is [AloneClass, ..];
        return new OwnerName(Encoding.UTF8.GetString(rest[..end]), known, isAlone, Encoding.UTF8.GetString(known == LockMode.Exclusive || owner.IsEmpty ? owner : owner[1..]));
    }

    private ByteString Owner(LeaseReference lease, bool isAlone)
    {
        var owner = Encoding.UTF8.GetBytes(lease.OwnerId);
        return Name(lease.Key, Kind(lease.Mode), lease.Mode == LockMode.Exclusive ? owner : [isAlone ? AloneClass : BesideClass, .. owner]);
    }

    private static byte Kind(LockMode mode) => mode switch
    {
        LockMode.Exclusive => 0xFE,
        LockMode.Shared => 0xFA,
        LockMode.Counted => 0xF8,
        _ => throw new NotSupportedException($"The etcd provider knows no lock mode {mode}."),
    };

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

/// <summary>The names from one on and before another.</summary>
internal readonly record struct NameRange(ByteString First, ByteString End);

/// <summary>Whose name it is, below which lock.</summary>
internal sealed record OwnerName(string Key, LockMode Mode, bool IsAlone, string OwnerId);
