using DistributedLocking.Redis.Commands;
using DistributedLocking.Testing;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Commands;

public sealed class PendingRepliesTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private readonly ManualTimeProvider _time = new();
    private readonly PendingReplies _replies;

    public PendingRepliesTests() => _replies = new PendingReplies(Limit, _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_is_passed_on()
    {
        var source = new TaskCompletionSource<RedisResult>();
        var reply = _replies.WaitAsync(source.Task, leaveThread: true, Token);
        reply.IsCompleted.ShouldBeFalse();

        source.SetResult(Result(42));

        ((long)await reply).ShouldBe(42);
    }

    [Fact]
    public async Task An_error_is_passed_on()
    {
        var source = new TaskCompletionSource<RedisResult>();
        var reply = _replies.WaitAsync(source.Task, leaveThread: true, Token);

        source.SetException(new IOException("broken"));

        (await Should.ThrowAsync<IOException>(async () => await reply)).Message.ShouldBe("broken");
    }

    [Fact]
    public async Task A_cancelled_command_is_passed_on()
    {
        var source = new TaskCompletionSource<RedisResult>();
        var reply = _replies.WaitAsync(source.Task, leaveThread: true, Token);

        source.SetCanceled(Token);

        await Should.ThrowAsync<TaskCanceledException>(async () => await reply);
    }

    [Fact]
    public async Task No_answer_is_a_transient_failure_at_the_timeout_and_not_before()
    {
        var source = new TaskCompletionSource<RedisResult>();
        var reply = _replies.WaitAsync(source.Task, leaveThread: true, Token);
        _time.Advance(Limit - TimeSpan.FromTicks(1));
        reply.IsCompleted.ShouldBeFalse();

        _time.Advance(TimeSpan.FromTicks(1));

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await reply);
        error.IsTransient.ShouldBeTrue();
        source.SetException(new IOException("late"));
    }

    [Fact]
    public async Task A_caller_that_cancels_does_not_wait()
    {
        using var cancellation = new CancellationTokenSource();
        var source = new TaskCompletionSource<RedisResult>();
        var reply = _replies.WaitAsync(source.Task, leaveThread: true, cancellation.Token);

        await cancellation.CancelAsync();

        (await Should.ThrowAsync<OperationCanceledException>(async () => await reply)).CancellationToken.ShouldBe(cancellation.Token);
        source.SetResult(Result(1));
        ((long)await _replies.WaitAsync(Task.FromResult(Result(2)), leaveThread: true, Token)).ShouldBe(2);
    }

    [Fact]
    public async Task A_token_that_is_cancelled_already_ends_the_wait_at_once()
    {
        var source = new TaskCompletionSource<RedisResult>();

        await Should.ThrowAsync<OperationCanceledException>(async () => await _replies.WaitAsync(source.Task, leaveThread: true, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task The_next_command_has_the_whole_timeout_although_the_object_is_used_again()
    {
        for (var i = 0; i < 5; i++)
        {
            var source = new TaskCompletionSource<RedisResult>();
            var reply = _replies.WaitAsync(source.Task, leaveThread: true, Token);
            _time.Advance(Limit * 0.9);
            reply.IsCompleted.ShouldBeFalse();
            source.SetResult(Result(i));
            ((long)await reply).ShouldBe(i);
        }
    }

    [Fact]
    public async Task Continuations_do_not_run_on_the_clients_worker()
    {
        var source = new TaskCompletionSource<RedisResult>();
        var worker = 0;
        var resumed = ResumeAsync();

        // Like the client's worker: it completes the task inline, on a thread that nobody else uses.
        var thread = new Thread(() =>
        {
            worker = Environment.CurrentManagedThreadId;
            source.SetResult(Result(1));
        });
        thread.Start();

        (await resumed).ShouldNotBe(worker);
        thread.Join();

        async Task<int> ResumeAsync()
        {
            await _replies.WaitAsync(source.Task, leaveThread: true, Token).ConfigureAwait(false);
            return Environment.CurrentManagedThreadId;
        }
    }

    [Fact]
    public async Task Answers_timeouts_and_cancellations_that_race_never_reach_another_command()
    {
        var replies = new PendingReplies(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(
            async () =>
            {
                var random = new Random(worker);
                var answered = 0;
                for (var i = 0; i < 2000; i++)
                {
                    using var cancellation = new CancellationTokenSource();
                    var source = new TaskCompletionSource<RedisResult>();
                    var expected = (worker * 10_000) + i;
                    var pending = replies.WaitAsync(source.Task, leaveThread: true, cancellation.Token);
                    var mode = random.Next(8);
                    _ = mode switch
                    {
                        0 => Task.Run(cancellation.Cancel, Token),
                        1 => Task.CompletedTask,
                        _ => Task.Run(() => source.TrySetResult(Result(expected)), Token),
                    };
                    try
                    {
                        ((long)await pending).ShouldBe(expected);
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

    [Fact]
    public async Task A_call_is_under_way_until_its_result_has_been_had()
    {
        using var cancellation = new CancellationTokenSource();
        var answered = _replies.WaitAsync(Task.FromResult(Result(1)), leaveThread: true, Token);
        var cancelled = _replies.WaitAsync(new TaskCompletionSource<RedisResult>().Task, leaveThread: true, cancellation.Token);
        var told = _replies.Begin();
        var answer = told.StartAsync(Token);
        var timedOut = _replies.WaitAsync(new TaskCompletionSource<RedisResult>().Task, leaveThread: true, Token);
        _replies.UnderWay.ShouldBe(4);

        await answered;
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () => await cancelled);
        told.Tell(Result(2));
        await answer;
        _replies.UnderWay.ShouldBe(1);

        _time.Advance(Limit);
        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await timedOut);
        _replies.UnderWay.ShouldBe(0);
    }

    [Fact]
    public async Task What_is_told_after_the_end_of_a_call_is_told_to_nobody()
    {
        var call = _replies.Begin();
        var answer = call.StartAsync(Token);
        call.IsPending.ShouldBeTrue();
        _time.Advance(Limit);
        call.IsPending.ShouldBeFalse();

        call.Tell(Result(1));
        call.Fail(new IOException("late"));

        (await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await answer)).InnerException.ShouldBeOfType<TimeoutException>();
    }

    private static RedisResult Result(long value) => RedisResult.Create((RedisValue)value);
}
