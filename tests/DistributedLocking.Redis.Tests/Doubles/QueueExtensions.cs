using System.Globalization;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Doubles;

/// <summary>Looks at the queue of the lock "orders", as queue.lua describes it.</summary>
internal static class QueueExtensions
{
    private const long AskedSince = 1L << 52;

    internal static async Task<int> CountPlacesAsync(this RedisWire wire, ProviderUnderTest locks) => int.Parse(
        (await wire.SendAsync("ZCOUNT", locks.QueueName("orders"), "-inf", string.Create(CultureInfo.InvariantCulture, $"({AskedSince}")))!, CultureInfo.InvariantCulture);

    /// <summary>Whether the server saw that the process of an owner listens, when that asked last.</summary>
    internal static async Task<bool> IsSeenAsync(this RedisWire wire, ProviderUnderTest locks, string owner) =>
        (await AskedAsync(wire, locks, owner)) % 2 == 1;

    /// <summary>
    /// Makes an owner's last request so much older, and the server not see, or see, that its process listens.
    /// </summary>
    internal static async Task AgeAsync(this RedisWire wire, ProviderUnderTest locks, string owner, TimeSpan silence, bool isSeen)
    {
        var asked = (await AskedAsync(wire, locks, owner) / 2) - (long)silence.TotalMilliseconds;
        var score = AskedSince + (2 * asked) + (isSeen ? 1 : 0);
        await wire.SendAsync("ZADD", locks.QueueName("orders"), "XX", score.ToString(CultureInfo.InvariantCulture), Member(locks, owner));
    }

    private static async Task<long> AskedAsync(RedisWire wire, ProviderUnderTest locks, string owner) =>
        long.Parse((await wire.SendAsync("ZSCORE", locks.QueueName("orders"), Member(locks, owner)))!, NumberStyles.Float, CultureInfo.InvariantCulture) - AskedSince;

    private static string Member(ProviderUnderTest locks, string owner) =>
        $"\n{owner}\n{System.Text.Encoding.UTF8.GetString(locks.Provider.Inbox!.Channel)}";
}
