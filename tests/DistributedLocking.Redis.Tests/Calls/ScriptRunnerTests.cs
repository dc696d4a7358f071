using DistributedLocking.Redis.Calls;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Scripts;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.Testing;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Calls;

public sealed class ScriptRunnerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private readonly ManualTimeProvider _time = new();
    private readonly ScriptRunner _scripts;
    private readonly ScriptedClient _client;
    private readonly RedisSession _session;

    public ScriptRunnerTests()
    {
        _scripts = new ScriptRunner(Limit, _time);
        _client = ScriptedClient.Open(out _session);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TaskCompletionSource<RedisResult> LastAnswer => _client.Sent[^1].Answer;

    [Fact]
    public async Task An_answer_is_passed_on()
    {
        var reply = RunAsync();
        reply.IsCompleted.ShouldBeFalse();

        LastAnswer.SetResult(Result(42));

        ((long)await reply).ShouldBe(42);
        _client.Sent.Single().IsByHash.ShouldBeTrue();
    }

    [Fact]
    public async Task An_error_becomes_ours_with_the_clients_inside()
    {
        var reply = RunAsync();

        LastAnswer.SetException(new IOException("broken"));

        (await Should.ThrowAsync<DistributedLockUnavailableException>(reply)).InnerException.ShouldBeOfType<IOException>();
    }

    [Fact]
    public async Task What_the_client_throws_at_once_does_too()
    {
        _client.Sending = _ => throw new ObjectDisposedException("multiplexer");

        (await Should.ThrowAsync<DistributedLockUnavailableException>(RunAsync())).InnerException.ShouldBeOfType<ObjectDisposedException>();
    }

    [Fact]
    public async Task So_does_a_command_that_the_client_cancels()
    {
        var reply = RunAsync();

        LastAnswer.SetCanceled(Token);

        (await Should.ThrowAsync<DistributedLockUnavailableException>(reply)).InnerException.ShouldBeOfType<TaskCanceledException>();
    }

    [Fact]
    public async Task No_answer_is_a_transient_failure_at_the_timeout_and_not_before()
    {
        var reply = RunAsync();
        _time.Advance(Limit - TimeSpan.FromTicks(1));
        reply.IsCompleted.ShouldBeFalse();

        _time.Advance(TimeSpan.FromTicks(1));

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(reply);
        error.IsTransient.ShouldBeTrue();
        LastAnswer.SetException(new IOException("late"));
    }

    [Fact]
    public async Task A_caller_that_cancels_does_not_wait()
    {
        using var cancellation = new CancellationTokenSource();
        var reply = RunAsync(cancellation);

        await cancellation.CancelAsync();

        (await Should.ThrowAsync<OperationCanceledException>(reply)).CancellationToken.ShouldBe(cancellation.Token);
        LastAnswer.SetResult(Result(1));
        var next = RunAsync();
        LastAnswer.SetResult(Result(2));
        ((long)await next).ShouldBe(2);
    }

    [Fact]
    public async Task A_token_that_is_cancelled_already_ends_the_wait_at_once()
    {
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(RunAsync(cancellation));
    }

    [Fact]
    public async Task Each_command_has_the_whole_timeout()
    {
        for (var i = 0; i < 5; i++)
        {
            var reply = RunAsync();
            _time.Advance(Limit * 0.9);
            reply.IsCompleted.ShouldBeFalse();
            LastAnswer.SetResult(Result(i));
            ((long)await reply).ShouldBe(i);
        }
    }

    [Theory]
    [InlineData("NOSCRIPT No matching script. Please use EVAL.", true)]
    [InlineData("NOPERM this user has no permissions to run the 'evalsha' command", false)]
    public async Task Where_the_hash_is_of_no_use_the_text_is_sent_with_a_timeout_of_its_own(string error, bool isHashUsedAgain)
    {
        var reply = RunAsync();
        _time.Advance(Limit * 0.9);

        LastAnswer.SetException(ScriptedClient.ServerError(error));
        _client.Sent.Select(script => script.IsByHash).ShouldBe([true, false]);
        _time.Advance(Limit * 0.9);
        reply.IsCompleted.ShouldBeFalse();
        LastAnswer.SetResult(Result(42));

        ((long)await reply).ShouldBe(42);
        _ = RunAsync();
        _client.Sent[^1].IsByHash.ShouldBe(isHashUsedAgain);
    }

    [Fact]
    public async Task The_text_that_gets_the_same_answer_is_not_sent_again()
    {
        var reply = RunAsync();

        LastAnswer.SetException(ScriptedClient.UnknownScript());
        LastAnswer.SetException(ScriptedClient.UnknownScript());

        (await Should.ThrowAsync<DistributedLockUnavailableException>(reply)).IsTransient.ShouldBeTrue();
        _client.Sent.Count.ShouldBe(2);
    }

    [Fact]
    public async Task The_text_is_not_sent_for_a_call_that_was_given_up()
    {
        using var cancellation = new CancellationTokenSource();
        var cancelled = RunAsync(cancellation);
        await cancellation.CancelAsync();
        LastAnswer.SetException(ScriptedClient.UnknownScript());
        var timedOut = RunAsync();
        _time.Advance(Limit);
        LastAnswer.SetException(ScriptedClient.UnknownScript());

        await Should.ThrowAsync<OperationCanceledException>(cancelled);
        await Should.ThrowAsync<DistributedLockUnavailableException>(timedOut);
        _client.Sent.ShouldAllBe(script => script.IsByHash);
    }

    [Fact]
    public async Task A_timeout_that_passes_while_the_text_is_sent_ends_nothing()
    {
        var reply = CallAsync(_scripts, _session, Token);
        _client.Sending = _ => _time.Advance(Limit);

        LastAnswer.SetException(ScriptedClient.UnknownScript());

        reply.IsCompleted.ShouldBeFalse();
        _time.Advance(Limit);
        (await Should.ThrowAsync<DistributedLockUnavailableException>(reply.Within())).InnerException.ShouldBeOfType<TimeoutException>();
    }

    [Fact]
    public async Task A_cancellation_while_the_text_is_sent_ends_the_wait_after_that()
    {
        using var cancellation = new CancellationTokenSource();
        var reply = CallAsync(_scripts, _session, cancellation.Token);
        bool? wasGivenUp = null;
        _client.Sending = _ =>
        {
            cancellation.Cancel();
            wasGivenUp = reply.IsCompleted;
        };

        LastAnswer.SetException(ScriptedClient.UnknownScript());

        wasGivenUp.ShouldBe(false);
        await Should.ThrowAsync<OperationCanceledException>(reply.Within());
    }

    [Fact]
    public async Task Continuations_do_not_run_on_the_clients_worker()
    {
        var worker = 0;
        var resumed = ResumeAsync();

        // Like the client's worker: it completes the task inline, on a thread that nobody else uses.
        var thread = new Thread(() =>
        {
            worker = Environment.CurrentManagedThreadId;
            LastAnswer.SetResult(Result(1));
        });
        thread.Start();

        (await resumed).ShouldNotBe(worker);
        thread.Join();

        async Task<int> ResumeAsync()
        {
            await RunAsync().ConfigureAwait(false);
            return Environment.CurrentManagedThreadId;
        }
    }

    [Fact]
    public async Task Answers_timeouts_and_cancellations_that_race_never_reach_another_command()
    {
        var scripts = new ScriptRunner(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(
            async () =>
            {
                var client = ScriptedClient.Open(out var session);
                var random = new Random(worker);
                var answered = 0;
                for (var i = 0; i < 2000; i++)
                {
                    using var cancellation = new CancellationTokenSource();
                    var expected = (worker * 10_000) + i;
                    var mode = random.Next(8);
                    client.Sending = script =>
                    {
                        if (script.IsByHash && mode < 4)
                        {
                            script.Answer.SetException(ScriptedClient.UnknownScript());
                            return;
                        }

                        _ = mode switch
                        {
                            0 => Task.Run(cancellation.Cancel, Token),
                            1 => Task.CompletedTask,
                            _ => Task.Run(() => script.Answer.TrySetResult(Result(expected)), Token),
                        };
                    };
                    try
                    {
                        ((long)await CallAsync(scripts, session, cancellation.Token).Within()).ShouldBe(expected);
                        answered++;
                    }
                    catch (OperationCanceledException)
                    {
                        mode.ShouldBe(0);
                    }
                    catch (DistributedLockUnavailableException)
                    {
                        // The time-out is short enough to win against any of the others.
                    }
                }

                return answered;
            },
            Token)));

        outcomes.Sum().ShouldBeGreaterThan(0);
    }

    private static RedisResult Result(long value) => RedisResult.Create((RedisValue)value);

    private static ValueTask<RedisResult> CallAsync(ScriptRunner scripts, RedisSession session, CancellationToken cancellationToken) =>
        scripts.RunAsync(session, RedisScript.Renew, ["lock"], ["owner", 1000], cancellationToken);

    private Task<RedisResult> RunAsync(CancellationTokenSource? cancellation = null) => CallAsync(_scripts, _session, cancellation?.Token ?? Token).Within();
}
