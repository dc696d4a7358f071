using DistributedLocking.FileSystem.Files;
using DistributedLocking.Tests.FileSystem.Support;
using DistributedLocking.FileSystem.Tokens;
using DistributedLocking.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedLocking.Tests.FileSystem;

public sealed class CleaningTests : IAsyncDisposable
{
    private readonly LockFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Nothing_but_the_mark_and_its_guard_stays()
    {
        var provider = _folder.CreateProvider();
        for (var i = 0; i < 20; i++)
        {
            await provider.AcquireAsync($"k{i}", "a");
        }

        _folder.LockFiles().Length.ShouldBe(20);
        for (var i = 0; i < 20; i++)
        {
            await provider.ReleaseAsync($"k{i}", "a");
        }

        Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .ShouldBe([FencingMark.GuardName, FencingMark.MarkName]);
    }

    [Fact]
    public async Task What_a_killed_holder_left_is_swept_after_the_settling_time_with_its_token_kept()
    {
        long token;
        using (var holder = HolderProcess.Start(_folder.Path, "k"))
        {
            token = long.Parse((await holder.ReadLineAsync())["granted ".Length..], System.Globalization.CultureInfo.InvariantCulture);
            await holder.KillAsync();
        }

        File.Delete(_folder.FileNamed(FencingMark.MarkName));
        var sweeper = CreateSweeper();
        SetClock(token);
        sweeper.Sweep();
        _folder.LockFiles().ShouldBe([_folder.FileOf("k")]);

        _time.Advance(LeftoverSweeper.SettlingTime + TimeSpan.FromMilliseconds(1));
        sweeper.Sweep();
        _folder.LockFiles().ShouldBeEmpty();
        _time.JumpWallClock(TimeSpan.FromHours(-1));
        (await _folder.CreateProvider(_time).AcquireAsync("k", "b")).ShouldBeGreaterThan(token);
    }

    [Fact]
    public async Task A_file_that_is_held_is_not_swept()
    {
        var provider = _folder.CreateProvider(_time);
        await provider.AcquireAsync("k", "a");
        _time.Advance(TimeSpan.FromDays(1));
        CreateSweeper().Sweep();
        (await provider.RenewAsync("k", "a")).Outcome.ShouldBe(Providers.RenewalOutcome.Renewed);
        (await provider.TryAcquireAsync("k", "b")).IsGranted.ShouldBeFalse();
    }

    [Fact]
    public async Task The_first_acquire_of_a_provider_and_one_after_the_interval_start_a_sweep()
    {
        var provider = _folder.CreateProvider(_time);
        foreach (var wait in new[] { TimeSpan.Zero, LeftoverSweeper.Interval })
        {
            await LeaveFileAsync("leftover", _time.GetUtcNow().UtcDateTime - TimeSpan.FromHours(1));
            _time.Advance(wait);
            using var gone = new SemaphoreSlim(0);
            using var watcher = new FileSystemWatcher(_folder.Path, Path.GetFileName(_folder.FileOf("leftover")));
            watcher.Deleted += (_, _) => gone.Release();
            watcher.EnableRaisingEvents = true;

            await provider.AcquireAsync("k", "a");
            await provider.ReleaseAsync("k", "a");
            await gone.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData("notes.lock")]
    public async Task Other_files_stay(string name)
    {
        var path = _folder.FileNamed(name);
        await File.WriteAllTextAsync(path, "", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime - TimeSpan.FromDays(1));
        CreateSweeper().Sweep();
        File.Exists(path).ShouldBeTrue();
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    private LeftoverSweeper CreateSweeper() => new(_folder.Path, new FencingMark(_folder.Path, _time), _time, NullLogger.Instance);

    private void SetClock(long microseconds) => _time.JumpWallClock(DateTime.UnixEpoch.AddMicroseconds(microseconds) - _time.GetUtcNow().UtcDateTime);

    private async Task LeaveFileAsync(string key, DateTime lastWrite)
    {
        await File.WriteAllTextAsync(_folder.FileOf(key), "", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(_folder.FileOf(key), lastWrite);
    }
}
