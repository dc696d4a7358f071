using StackExchange.Redis;

namespace DistributedLocking.Redis.Fencing;

/// <summary>
/// The name beside a resource's key under which its newest fencing token is kept: in the same slot wherever a name can
/// be, and its own for each key.
/// </summary>
internal static class FenceKey
{
    private static readonly byte[] AfterTagged = [.. ":tag-fence"u8];
    private static readonly byte[] AfterWrapped = [.. "}:fence"u8];

    internal static RedisKey For(RedisKey key)
    {
        // The bytes, not the text: a key need not be UTF-8.
        var name = (byte[]?)key ?? throw new ArgumentException("The key must not be null.", nameof(key));
        return IsWhollyHashed(name) && !name.AsSpan().Contains((byte)'}')
            ? (byte[])[(byte)'{', .. name, .. AfterWrapped]
            : (byte[])[.. name, .. AfterTagged];
    }

    // A hash tag is what the first '{' and the first '}' after it enclose, if that is anything.
    private static bool IsWhollyHashed(ReadOnlySpan<byte> name)
    {
        var open = name.IndexOf((byte)'{');
        return open < 0 || name[(open + 1)..].IndexOf((byte)'}') <= 0;
    }
}
