using DistributedLocking.Redis.Calls;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Scripts;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.Testing;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Calls;

/// <summary>What becomes of the calls of a batch, each of which may be given up by itself.</summary>
public sealed class GivenUpCallTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _cancellation = new();
    private readonly CallBatcher _calls;
    private readonly ScriptedClient _client;
    private readonly RedisSession _session;

    public GivenUpCallTests()
    {
        _calls = new CallBatcher(new ScriptRunner(Limit, _time), maxUnbatched: 0);
        _client = ScriptedClient.Open(out _session);
        _session.Scripts.NoteKnown(RedisScript.Batch);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _cancellation.Dispose();

    [Fact]
    public async Task It_is_not_sent_again_where_the_server_did_not_know_the_script()
    {
        var (kept, givenUp) = await SendTwoAsync();
        await _cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () => await givenUp);

        _client.Sent[1].Answer.SetException(ScriptedClient.UnknownScript());
        await Eventually.BecomesTrueAsync(() => Task.FromResult(_client.Sent.Count == 3), "the other was sent again");

        _client.Sent[2].Keys.ShouldBe(Keys("kept"));
        _client.Sent[2].Answer.SetResult(RedisResult.Create((RedisValue)7));
        ((long)await kept).ShouldBe(7);
        _session.Scripts.Knows(RedisScript.Batch).ShouldBeFalse("the next batch has to bring the script");
    }

    [Fact]
    public async Task It_is_of_unknown_outcome_once_it_has_been_sent_and_under_way_no_more()
    {
        var (kept, givenUp) = await SendTwoAsync();
        await _cancellation.CancelAsync();
        var error = await Record.ExceptionAsync(async () => await givenUp);
        error.ShouldBeOfType<OperationCanceledException>().InnerException.ShouldNotBeOfType<DistributedLockUnavailableException>();

        _time.Advance(Limit);
        (await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await kept)).IsUnsent.ShouldBeFalse();

        _calls.UnderWay.ShouldBe(0);
        _client.Sent[1].Answer.SetException(new IOException("late"));
    }

    [Theory]
    [InlineData("upstream failure", true)]
    [InlineData("CROSSSLOT Keys in request don't hash to the same slot", false)]
    [InlineData("ERR ACL failure in script: User locks has no permissions to run the 'mget' command", false)]
    public async Task Batches_end_for_good_only_where_the_server_is_known_to_refuse_them(string error, bool mayBatch)
    {
        var (kept, other) = await SendTwoAsync();
        _client.Sending = script => script.Answer.SetResult(RedisResult.Create((RedisValue)7));

        _client.Sent[1].Answer.SetException(ScriptedClient.ServerError(error));

        ((long)await kept).ShouldBe(7);
        ((long)await other).ShouldBe(7);
        _session.Scripts.MayBatch.ShouldBe(mayBatch);
    }

    private static RedisKey[] Keys(string key) => [key, $"{key} mark", $"{key} queue"];

    /// <summary>Sends two calls in one batch: they have come while another was being sent.</summary>
    private async Task<(ValueTask<RedisResult> Kept, ValueTask<RedisResult> GivenUp)> SendTwoAsync()
    {
        using var isSending = new SemaphoreSlim(0);
        using var gate = new ManualResetEventSlim();
        _client.Sending = script =>
        {
            isSending.Release();
            gate.Wait(Token);
            script.Answer.SetResult(RedisResult.Create([RedisResult.Create((RedisValue)1)]));
        };
        var first = _calls.RunAsync(_session, RedisScript.Acquire, Keys("first"), ["owner", 1000, 1, 0], Token);
        await isSending.WaitAsync(TimeSpan.FromSeconds(30), Token);
        _client.Sending = null;
        var kept = _calls.RunAsync(_session, RedisScript.Acquire, Keys("kept"), ["a", 1000, 1, 0], Token);
        var givenUp = _calls.RunAsync(_session, RedisScript.Acquire, Keys("given up"), ["b", 1000, 1, 0], _cancellation.Token);
        gate.Set();
        await first.Within();
        await Eventually.BecomesTrueAsync(() => Task.FromResult(_client.Sent.Count == 2), "both had been sent");
        _client.Sent[1].Keys.Length.ShouldBe(4);
        return (kept, givenUp);
    }
}
