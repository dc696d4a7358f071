using DistributedLocking.FileSystem;
using DistributedLocking.FileSystem.Tokens;
using DistributedLocking.Testing;
using DistributedLocking.Tests.FileSystem.Support;

namespace DistributedLocking.Tests.FileSystem;

public sealed class TokenTests : IAsyncDisposable
{
    private readonly LockFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Tokens_rise_across_providers_while_the_clock_goes_back()
    {
        var last = 0L;
        for (var i = 0; i < 5; i++)
        {
            await using var provider = _folder.CreateProvider(_time);
            last = await CycleAsync(provider, last);
            _time.JumpWallClock(TimeSpan.FromHours(-1));
            last = await CycleAsync(provider, last);
        }
    }

    [Fact]
    public async Task A_token_is_not_below_the_clock()
    {
        var provider = _folder.CreateProvider(_time);
        await CycleAsync(provider, 0);
        _time.Advance(TimeSpan.FromDays(1));
        var clock = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        (await provider.AcquireAsync("k", "a")).ShouldBe(clock);
    }

    [Fact]
    public async Task Tokens_rise_after_a_held_file_was_removed_and_the_clock_went_back()
    {
        var token = await _folder.CreateProvider(_time).AcquireAsync("k", "a");
        File.Delete(_folder.FileOf("k"));
        _time.JumpWallClock(TimeSpan.FromHours(-1));
        (await _folder.CreateProvider(_time).AcquireAsync("k", "b")).ShouldBeGreaterThan(token);
    }

    [Fact]
    public async Task Without_the_mark_the_clock_makes_tokens_rise()
    {
        var provider = _folder.CreateProvider(_time);
        var token = await CycleAsync(provider, 0);
        File.Delete(_folder.FileNamed(FencingMark.MarkName));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await CycleAsync(provider, token);
    }

    [Fact]
    public async Task Tokens_rise_while_a_stopped_process_keeps_the_guard_and_after_it()
    {
        var provider = _folder.CreateProvider(_time);
        var last = await CycleAsync(provider, 0);
        using (File.OpenHandle(_folder.FileNamed(FencingMark.GuardName), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            // The file has to stay: it has the only record of its token.
            last = await CycleAsync(provider, last);
            _folder.LockFiles().ShouldBe([_folder.FileOf("k")]);
            _time.JumpWallClock(TimeSpan.FromHours(-1));
            last = await CycleAsync(provider, last);
        }

        last = await CycleAsync(_folder.CreateProvider(_time), last);
        _folder.LockFiles().ShouldBeEmpty();
        await CycleAsync(provider, last);
    }

    [Fact]
    public async Task A_torn_mark_and_a_torn_lock_file_lower_nothing()
    {
        var provider = _folder.CreateProvider(_time);
        var token = await provider.AcquireAsync("k", "a");
        await provider.ReleaseAsync("k", "a");
        token = await CycleAsync(provider, token);
        var slots = await File.ReadAllLinesAsync(_folder.FileNamed(FencingMark.MarkName), TestContext.Current.CancellationToken);
        var older = slots.Select(slot => long.Parse(slot[..19], System.Globalization.CultureInfo.InvariantCulture)).Min();

        // A write of the next token into the older slot that was cut short.
        var text = string.Join('\n', slots.Select(slot => slot.StartsWith($"{older:D19}", StringComparison.Ordinal) ? "9" + slot[1..] : slot)) + "\n";
        await File.WriteAllTextAsync(_folder.FileNamed(FencingMark.MarkName), text, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder.FileOf("k"), "0000000000000000001 0123", TestContext.Current.CancellationToken);
        _time.JumpWallClock(TimeSpan.FromHours(-1));
        (await CycleAsync(provider, token)).ShouldBe(token + 1);
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    private static async Task<long> CycleAsync(FileSystemLockProvider provider, long last)
    {
        var token = await provider.AcquireAsync("k", "a");
        token.ShouldBeGreaterThan(last);
        (await provider.ReleaseAsync("k", "a")).ShouldBeTrue();
        return token;
    }
}
