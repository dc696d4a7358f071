using System.Globalization;
using System.Text;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit.Servers;
using FsCheck;
using FsCheck.Fluent;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Keys;

public sealed class LockNamesTests
{
    private static readonly string[] AwkwardKeys = ["orders:42", "}", "}{", "{}", "{x}", "a{b", "fence", "", " ", "Ü", "鍵🔒", new string('x', 5000)];

    [Fact]
    public void The_bucket_of_a_key_never_changes()
    {
        // Processes of different versions must agree, so these are pinned.
        Name("lock:", "orders:42").ShouldBe("lock:{3bb}:orders:42");
        Name("lock:", "鍵").ShouldBe("lock:{1ac}:鍵");
        Fence("lock:", "orders:42").ShouldBe("lock:{3bb}fence");
        Queue("lock:", "orders:42").ShouldBe("lock:{3bb}queue:orders:42");
    }

    [Fact]
    public void Names_of_different_keys_differ_and_none_is_a_queue_or_a_mark()
    {
        var names = new LockNames("");
        var locksAndQueues = AwkwardKeys
            .SelectMany(key => (byte[][])[names.For(key).Lock, names.For(key).Queue]).Select(Encoding.UTF8.GetString).ToList();

        locksAndQueues.Distinct(StringComparer.Ordinal).Count().ShouldBe(2 * AwkwardKeys.Length);
        locksAndQueues.Intersect(AwkwardKeys.Select(key => Encoding.UTF8.GetString(names.For(key).Fence)), StringComparer.Ordinal).ShouldBeEmpty();
    }

    [Fact]
    public void A_key_that_is_used_again_finds_its_own_names()
    {
        // Far more than are kept, so that they drive out one another, in several threads.
        var names = new LockNames("lock:");

        Parallel.For(0, 20_000, i =>
        {
            var key = (i % 2_000).ToString(CultureInfo.InvariantCulture);
            var kept = names.For(key);
            Encoding.UTF8.GetString(kept.Lock).ShouldBe(Name("lock:", key));
            kept.All.Select(name => (string)name!).ShouldBe([Name("lock:", key), Fence("lock:", key), Queue("lock:", key)]);
        });
        names.For("orders:42").All.ShouldBeSameAs(names.For(new string("orders:42")).All);
    }

    [Fact]
    public void Keys_spread_over_a_bounded_number_of_marks()
    {
        var names = new LockNames("lock:");

        var marks = Enumerable.Range(0, 50_000).GroupBy(i => Encoding.UTF8.GetString(names.For(i.ToString(CultureInfo.InvariantCulture)).Fence), StringComparer.Ordinal).ToList();

        marks.Count.ShouldBe(1024);
        marks.Max(mark => mark.Count()).ShouldBeLessThan(150);
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("app{}:", true)]
    [InlineData("{}{app}", true)]
    [InlineData("", false)]
    [InlineData("lock:", false)]
    [InlineData("{app}", false)]
    [InlineData("app{", false)]
    [InlineData("app}", false)]
    [InlineData("a{b", false)]
    [InlineData("{app}{}", false)]
    public void A_prefix_spoils_the_tag_when_its_first_braces_are_empty(string prefix, bool spoils) => LockNames.SpoilsHashTag(prefix).ShouldBe(spoils);

    [Theory]
    [InlineData("{2a7}", true)]
    [InlineData("lock:{fff}:", true)]
    [InlineData("{{000}", true)]
    [InlineData("lock:", false)]
    [InlineData("{app}", false)]
    [InlineData("{2A7}", false)]
    [InlineData("{2a}{2a77}", false)]
    [InlineData("{2a7", false)]
    public void A_prefix_with_a_tag_of_ours_is_told(string prefix, bool hasTag) => LockNames.HasTag(prefix).ShouldBe(hasTag);

    [Fact]
    public void A_prefix_and_a_key_have_names_of_their_own()
    {
        var inner = Name("", "k");
        var tag = Name("", inner)[..5];
        Name(tag + ":", "k").ShouldBe(Name("", inner), "else the rule is for nothing");

        // Pieces of these names, so that many pairs read alike.
        var texts = Gen.Elements("{", "}", ":", tag, tag[1..], inner, "queue:", "fence", "k").ArrayOf().Resize(4).Select(string.Concat);
        var names = Gen.Zip(texts.Where(prefix => !LockNames.HasTag(prefix)), texts);

        Prop.ForAll(
            Gen.Zip(names, names).ToArbitrary(),
            pair => pair.Item1 == pair.Item2 || !Of(pair.Item1).Intersect(Of(pair.Item2), StringComparer.Ordinal).Any())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(10_000));

        static string[] Of((string Prefix, string Key) name) => [Name(name.Prefix, name.Key), Queue(name.Prefix, name.Key)];
    }

    [Fact]
    public async Task Lock_queue_and_mark_are_in_one_slot_whatever_the_prefix_and_the_key()
    {
        await using var server = await RedisServer.StartAsync("--cluster-enabled", "yes");
        await using var wire = await server.ConnectAsync();
        foreach (var prefix in (string[])["", "lock:", "{app}", "app{", "app}", "a{b", "{app}{}", "a}b{c", "{{", "Ü{"])
        {
            foreach (var key in AwkwardKeys)
            {
                var slot = await wire.SendAsync("CLUSTER", "KEYSLOT", Name(prefix, key));
                (await wire.SendAsync("CLUSTER", "KEYSLOT", Fence(prefix, key))).ShouldBe(slot, $"prefix '{prefix}', key '{key}'");
                (await wire.SendAsync("CLUSTER", "KEYSLOT", Queue(prefix, key))).ShouldBe(slot, $"prefix '{prefix}', key '{key}'");
            }
        }

        var spoiled = await wire.SendAsync("CLUSTER", "KEYSLOT", Name("{}", "orders")) == await wire.SendAsync("CLUSTER", "KEYSLOT", Fence("{}", "orders"));
        spoiled.ShouldBeFalse("else the check above proves nothing");
    }

    [Fact]
    public async Task A_cluster_accepts_the_scripts()
    {
        await using var server = await ClusterServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server);

        foreach (var key in AwkwardKeys)
        {
            (await locks.AcquireAsync(key, "a")).IsGranted.ShouldBeTrue();
            (await locks.AcquireAsync(key, "b")).IsGranted.ShouldBeFalse();
            (await locks.RenewAsync(key, "a")).Outcome.ShouldBe(Providers.RenewalOutcome.Renewed);
            await using var watch = await locks.QueueAsync(key, "b");
            (await locks.ReleaseAsync(key, "a")).ShouldBeTrue();
            (await watch.GrantAsync()).IsGranted.ShouldBeTrue();
            (await locks.ReleaseAsync(key, "b")).ShouldBeTrue();
        }

        using var multiplexer = await ConnectionMultiplexer.ConnectAsync(server.Address);
        foreach (var key in (string[])["orders:42", "{tag}:x", "a{tag}b", "open{only", "{{x}"])
        {
            await multiplexer.GetDatabase().StringSetFencedAsync(key, "value", 7);
            ((string?)await multiplexer.GetDatabase().StringGetFencedAsync(key, 7)).ShouldBe("value");
        }

        await Should.ThrowAsync<RedisCommandException>(() => multiplexer.GetDatabase().StringSetFencedAsync("close}only", "value", 7));
    }

    private static string Name(string prefix, string key) => Encoding.UTF8.GetString(new LockNames(prefix).Lock(key));

    private static string Queue(string prefix, string key) => Encoding.UTF8.GetString(new LockNames(prefix).For(key).Queue);

    private static string Fence(string prefix, string key) => Encoding.UTF8.GetString(new LockNames(prefix).For(key).Fence);
}
