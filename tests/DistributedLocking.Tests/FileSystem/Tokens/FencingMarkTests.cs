using System.Collections.Concurrent;
using DistributedLocking.Tests.FileSystem.Support;
using DistributedLocking.FileSystem.Tokens;
using DistributedLocking.Testing;

namespace DistributedLocking.Tests.FileSystem.Tokens;

public sealed class FencingMarkTests : IAsyncDisposable
{
    private readonly LockFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    private long Clock => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;

    [Fact]
    public void The_first_token_is_the_clock_in_microseconds() => Create().Next(0).ShouldBe((Clock, true));

    [Fact]
    public void A_token_is_above_the_mark_when_the_clock_stands_still_or_goes_back()
    {
        var first = Create().Next(0).Token;
        Create().Next(0).ShouldBe((first + 1, true));
        _time.JumpWallClock(TimeSpan.FromHours(-1));
        Create().Next(0).ShouldBe((first + 2, true));
    }

    [Fact]
    public void A_token_is_above_the_floor_and_the_mark_follows()
    {
        Create().Next(Clock + 1_000).ShouldBe((Clock + 1_001, true));
        Create().Next(0).ShouldBe((Clock + 1_002, true));
    }

    [Fact]
    public void While_somebody_keeps_the_guard_a_token_is_above_the_mark_but_not_recorded()
    {
        var first = Create().Next(0).Token;
        using (File.OpenHandle(_folder.FileNamed(FencingMark.GuardName), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Create().Next(0).ShouldBe((first + 1, false));
            Create().Next(0).ShouldBe((first + 1, false));
        }

        Create().Next(0).ShouldBe((first + 1, true));
    }

    [Fact]
    public void Concurrent_tokens_are_all_different()
    {
        var recorded = new ConcurrentBag<long>();
        FencingMark[] marks = [Create(), Create()];
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() =>
        {
            for (var n = 0; n < 250; n++)
            {
                if (marks[i % 2].Next(0) is (var token, true))
                {
                    recorded.Add(token);
                }
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        recorded.Count.ShouldBeGreaterThan(250);
        recorded.Distinct().Count().ShouldBe(recorded.Count);
        Create().Next(0).Token.ShouldBe(recorded.Max() + 1);
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    private FencingMark Create() => new(_folder.Path, _time);
}
