using System.Buffers;
using System.Buffers.Text;
using System.Text;
using DistributedLocking.Providers;

namespace DistributedLocking.Redis.Keys;

/// <summary>
/// Maps lock keys to the names of Redis: <c>lock:{2a7}:orders:42</c> is the lock, <c>lock:{2a7}queue:orders:42</c> the
/// queue of those that wait for it, and <c>lock:{2a7}fence</c> the fencing mark that it shares with the other locks of
/// its bucket. <c>lock:{2a7}shared:orders:42</c> and <c>lock:{2a7}counted:orders:42</c> are the holders of the
/// reader-writer lock and of the semaphore of that key, with <c>shared-queue</c> and <c>counted-queue</c>.
/// </summary>
/// <remarks>
/// The hash tag in braces puts all into one slot of a Cluster. It comes before the key, so no brace in the key can
/// spoil it, and what follows it (':' or a word) keeps them apart. A prefix has no such tag, so the first one in a
/// name tells where the prefix ends. Marks are shared because they never expire: there are 1,024 of them however many
/// keys there are.
/// </remarks>
internal sealed class LockNames
{
    internal const int Buckets = 1024;
    private const int DigitsLength = 3;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    private readonly byte[] _prefix;
    private readonly byte[]?[] _fences = new byte[Buckets][];

    // A lock is acquired and then released, and often again and again. Where two keys have the same place, the last one
    // has it.
    private readonly LockKeys?[] _recent = new LockKeys[256];

    internal LockNames(string prefix) => _prefix = Encoding.UTF8.GetBytes(prefix);

    /// <summary>
    /// The server looks for the tag at the first '{'; when that one encloses nothing, it hashes the whole name and the
    /// two names part.
    /// </summary>
    internal static bool SpoilsHashTag(string prefix)
    {
        var brace = prefix.IndexOf('{', StringComparison.Ordinal);
        return brace >= 0 && prefix.AsSpan(brace + 1).StartsWith("}");
    }

    /// <summary>
    /// With <c>shop:{2a7}:</c>, a key's names could be those of a longer key with the prefix <c>shop:</c>.
    /// </summary>
    internal static bool HasTag(string prefix)
    {
        for (var i = 0; i + DigitsLength + 1 < prefix.Length; i++)
        {
            if (prefix[i] == '{' && prefix[i + DigitsLength + 1] == '}' && prefix.AsSpan(i + 1, DigitsLength).IndexOfAnyExcept(Digits) < 0)
            {
                return true;
            }
        }

        return false;
    }

    internal byte[] Lock(string key) => Lock(key, out _);

    /// <summary>What to scan for to find the holders of keys that begin so, and little else.</summary>
    internal byte[] ScanPattern(string keyPrefix) => [.. Escape(_prefix), .. "{???}*:"u8, .. Escape(Encoding.UTF8.GetBytes(keyPrefix)), (byte)'*'];

    /// <summary>The key whose holders have a name; null for any other name.</summary>
    internal string? KeyOf(ReadOnlySpan<byte> name)
    {
        var start = _prefix.Length + 1 + DigitsLength + 1;
        if (name.Length < start || !name.StartsWith(_prefix))
        {
            return null;
        }

        var end = name[start..];
        foreach (var kind in (ReadOnlySpan<string>)["", "shared", "counted"])
        {
            if (end.Length > kind.Length && end[kind.Length] == (byte)':' && end[..kind.Length].SequenceEqual(Encoding.UTF8.GetBytes(kind)))
            {
                return Encoding.UTF8.GetString(end[(kind.Length + 1)..]);
            }
        }

        return null;
    }

    /// <summary>The names that the scripts take.</summary>
    internal LockKeys For(string key)
    {
        ref var recent = ref _recent[(uint)key.GetHashCode(StringComparison.Ordinal) % _recent.Length];
        var found = Volatile.Read(ref recent);
        if (found is null || !string.Equals(found.Key, key, StringComparison.Ordinal))
        {
            found = Create(key);
            Volatile.Write(ref recent, found);
        }

        return found;
    }

    /// <summary>The names that the scripts of a mode take.</summary>
    internal LockKeys For(string key, LockMode mode)
    {
        var keys = For(key);
        return mode switch
        {
            LockMode.Exclusive => keys,
            LockMode.Shared => keys.Shared ??= Create(keys, "shared"u8, "shared-queue"u8),
            LockMode.Counted => keys.Counted ??= Create(keys, "counted"u8, "counted-queue"u8),
            _ => throw new NotSupportedException($"The Redis provider knows no lock mode {mode}."),
        };
    }

    /// <summary>The set of holders of another lock of the same key, and its queue.</summary>
    private LockKeys Create(LockKeys keys, ReadOnlySpan<byte> holders, ReadOnlySpan<byte> queue)
    {
        var end = keys.Lock.AsSpan(_prefix.Length + 1 + DigitsLength + 1);
        return new LockKeys(keys.Key, keys.Bucket, Name(keys.Bucket, holders, end), keys.Fence, Name(keys.Bucket, queue, end));
    }

    private LockKeys Create(string key)
    {
        var name = Lock(key, out var bucket);
        var tagLength = _prefix.Length + 1 + DigitsLength + 1;
        return new LockKeys(key, bucket, name, _fences[bucket] ??= Name(bucket, "fence"u8, []), Name(bucket, "queue"u8, name.AsSpan(tagLength)));
    }

    private byte[] Lock(string key, out int bucket)
    {
        var start = _prefix.Length + 1 + DigitsLength + 2;
        var name = new byte[start + Encoding.UTF8.GetByteCount(key)];
        Encoding.UTF8.GetBytes(key, name.AsSpan(start));
        bucket = Bucket(name.AsSpan(start));
        WriteTag(name, bucket);
        name[start - 1] = (byte)':';
        return name;
    }

    private byte[] Name(int bucket, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> end)
    {
        var start = _prefix.Length + 1 + DigitsLength + 1;
        var name = new byte[start + kind.Length + end.Length];
        WriteTag(name, bucket);
        kind.CopyTo(name.AsSpan(start));
        end.CopyTo(name.AsSpan(start + kind.Length));
        return name;
    }

    private static byte[] Escape(byte[] text) =>
        [.. text.SelectMany(b => @"*?[]\"u8.Contains(b) ? (byte[])[(byte)'\\', b] : [b])];

    private void WriteTag(Span<byte> name, int bucket)
    {
        _prefix.CopyTo(name);
        var tag = name[_prefix.Length..];
        tag[0] = (byte)'{';
        Utf8Formatter.TryFormat(bucket, tag[1..], out _, new StandardFormat('x', DigitsLength));
        tag[1 + DigitsLength] = (byte)'}';
    }

    // FNV-1a with its bits folded. Every process must agree on it, for ever: string.GetHashCode differs from run to
    // run.
    private static int Bucket(ReadOnlySpan<byte> key)
    {
        var hash = 2166136261u;
        foreach (var b in key)
        {
            hash = (hash ^ b) * 16777619u;
        }

        return (int)((hash ^ (hash >> 10) ^ (hash >> 20)) % Buckets);
    }
}
