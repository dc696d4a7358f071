using DistributedLocking.Redis.Calls;
using DistributedLocking.Redis.Scripts;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Calls;

public sealed class CallBatchTests
{
    [Fact]
    public void Grants_come_before_releases_and_like_beside_like()
    {
        var batch = new CallBatch([Release("r", "x"), Grant("a", "owner-a", 60_000), Release("s", "y"), Grant("b", "owner-b", 500, 128, 7)]);

        Names(batch).ShouldBe(["a", "b", "a mark", "b mark", "r", "s", "r mark", "s mark", "r queue", "s queue"]);
        batch.Values().ShouldBe([2, "owner-a", "owner-b", 60_000, 500, 1, 128, 0, 7, "x", "y"]);
    }

    [Fact]
    public void Either_may_be_missing()
    {
        var grants = new CallBatch([Grant("a", "owner-a", 1)]);
        Names(grants).ShouldBe(["a", "a mark"]);
        grants.Values().ShouldBe([1, "owner-a", 1, 1, 0]);

        var releases = new CallBatch([Release("r", "x")]);
        Names(releases).ShouldBe(["r", "r mark", "r queue"]);
        releases.Values().ShouldBe([0, "x"]);
    }

    [Fact]
    public async Task Each_call_is_told_its_own_answer_and_nothing_where_it_has_to_be_made_by_itself()
    {
        BatchedCall[] calls = [Release("r", "x"), Grant("a", "owner-a", 1), Grant("b", "owner-b", 1)];

        new CallBatch([.. calls]).Tell([RedisResult.Create((RedisValue)7), RedisResult.Create(RedisValue.Null), RedisResult.Create((RedisValue)1)]);

        ((long)(await calls[0].Answer.Task)!).ShouldBe(1);
        ((long)(await calls[1].Answer.Task)!).ShouldBe(7);
        (await calls[2].Answer.Task).ShouldBeNull();
    }

    [Fact]
    public void Who_has_a_place_in_the_queue_or_gives_it_up_goes_by_himself()
    {
        BatchedCall.Suits(RedisScript.Acquire, ["owner", 1000, 1, 0]).ShouldBeTrue();
        BatchedCall.Suits(RedisScript.Acquire, ["owner", 1000, 128, 0, "channel"]).ShouldBeTrue();
        BatchedCall.Suits(RedisScript.Acquire, ["owner", 1000, 1, 0, "channel", true]).ShouldBeFalse();
        BatchedCall.Suits(RedisScript.Release, ["owner"]).ShouldBeTrue();
        BatchedCall.Suits(RedisScript.Release, ["owner", "channel"]).ShouldBeFalse();
        BatchedCall.Suits(RedisScript.Renew, ["owner", 1000]).ShouldBeFalse();
    }

    private static IEnumerable<string?> Names(CallBatch batch) => batch.Keys().Select(key => (string?)key);

    private static BatchedCall Grant(string key, string owner, int timeToLive, int tokens = 1, long seen = 0) =>
        new(isGrant: true, Keys(key), [owner, timeToLive, tokens, seen], CancellationToken.None);

    private static BatchedCall Release(string key, string owner) => new(isGrant: false, Keys(key), [owner], CancellationToken.None);

    private static RedisKey[] Keys(string key) => [key, $"{key} mark", $"{key} queue"];
}
