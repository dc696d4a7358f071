using DistributedLocking.FileSystem.Files;
using DistributedLocking.Tests.FileSystem.Support;
using DistributedLocking.FileSystem.Tokens;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedLocking.Tests.FileSystem;

/// <summary>What somebody else who may write in the directory puts in the places of our files.</summary>
public sealed class PlantedFileTests : IAsyncDisposable
{
    private const string Key = "a-key-that-may-not-be-shown";
    private const string LockFileKind = "the key's lock file";

    private static readonly DateTime Past = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly LockFolder _folder = new();
    private readonly string _outside = Directory.CreateTempSubdirectory("outside-").FullName;

    public PlantedFileTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there, and pipes are no files.");

    private string Target => Path.Combine(_outside, "target");

    [Theory]
    [InlineData(LockFileKind, "precious")]
    [InlineData(LockFileKind, "")]
    [InlineData(LockFileKind, null)]
    [InlineData(FencingMark.MarkName, "precious")]
    [InlineData(FencingMark.MarkName, "")]
    [InlineData(FencingMark.MarkName, null)]
    [InlineData(FencingMark.GuardName, "precious")]
    [InlineData(FencingMark.GuardName, "")]
    [InlineData(FencingMark.GuardName, null)]
    public async Task A_symbolic_link_is_refused_and_its_target_is_neither_made_nor_touched(string kind, string? content)
    {
        if (content is not null)
        {
            WriteTarget(content);
        }

        File.CreateSymbolicLink(Place(kind), Target);
        await ShouldBeRefusedAsync(kind);
        ShouldBeUntouched(content);
    }

    [Theory]
    [InlineData(LockFileKind)]
    [InlineData(FencingMark.MarkName)]
    public async Task A_hard_link_to_something_else_is_refused_and_stays(string kind)
    {
        WriteTarget("precious");
        await UnixCommand.MakeHardLinkAsync(Place(kind), Target);
        await ShouldBeRefusedAsync(kind);
        ShouldBeUntouched("precious");
        File.Exists(Place(kind)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(LockFileKind)]
    [InlineData(FencingMark.MarkName)]
    [InlineData(FencingMark.GuardName)]
    public async Task A_pipe_is_refused_without_waiting_for_its_other_end(string kind)
    {
        await UnixCommand.MakePipeAsync(Place(kind));
        await ShouldBeRefusedAsync(kind);
    }

    [Fact]
    public async Task Once_the_link_is_removed_the_key_can_be_locked()
    {
        WriteTarget("precious");
        File.CreateSymbolicLink(Place(LockFileKind), Target);
        await ShouldBeRefusedAsync(LockFileKind);
        File.Delete(Place(LockFileKind));
        await _folder.CreateProvider().AcquireAsync(Key, "a");
    }

    [Fact]
    public async Task A_link_in_the_place_of_a_held_file_is_a_lost_lock_and_its_target_is_not_touched()
    {
        var provider = _folder.CreateProvider();
        await provider.AcquireAsync(Key, "a");
        File.Delete(Place(LockFileKind));
        WriteTarget("precious");
        File.CreateSymbolicLink(Place(LockFileKind), Target);
        (await provider.ReleaseAsync(Key, "a")).ShouldBeFalse();
        ShouldBeUntouched("precious");
    }

    [Fact]
    public async Task A_directory_that_is_a_link_is_fine()
    {
        var link = Path.Combine(_outside, "locks");
        Directory.CreateSymbolicLink(link, _folder.Path);
        await _folder.CreateProvider(configure: options => options.Directory = link).AcquireAsync(Key, "a");
        (await _folder.CreateProvider().TryAcquireAsync(Key, "b")).IsGranted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_dispose_does_not_throw_at_a_planted_mark()
    {
        var provider = _folder.CreateProvider();
        await provider.AcquireAsync("first", "a");
        using (File.OpenHandle(Place(FencingMark.GuardName), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            // Its token is not in the mark yet, so that its release looks at that again.
            await provider.AcquireAsync(Key, "a");
        }

        File.Delete(Place(FencingMark.MarkName));
        File.CreateSymbolicLink(Place(FencingMark.MarkName), Target);
        await provider.DisposeAsync();
        ShouldBeUntouched(null);
    }

    [Fact]
    public async Task The_sweep_leaves_what_is_not_ours_and_removes_the_rest()
    {
        WriteTarget("precious");
        await UnixCommand.MakeHardLinkAsync(_folder.FileOf("hard link"), Target);
        File.CreateSymbolicLink(_folder.FileOf("link"), Target);
        await UnixCommand.MakePipeAsync(_folder.FileOf("pipe"));
        string[] planted = [_folder.FileOf("hard link"), _folder.FileOf("link"), _folder.FileOf("pipe")];
        for (var i = 0; i < 5; i++)
        {
            await File.WriteAllTextAsync(_folder.FileOf($"leftover {i}"), "", TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(_folder.FileOf($"leftover {i}"), Past);
        }

        File.SetLastWriteTimeUtc(_folder.FileOf("pipe"), Past);
        File.SetLastWriteTimeUtc(_folder.FileOf("link"), Past);

        var sweeper = new LeftoverSweeper(_folder.Path, new FencingMark(_folder.Path, TimeProvider.System), TimeProvider.System, NullLogger.Instance);
        await WithinAsync(sweeper.Sweep);

        _folder.LockFiles().Order(StringComparer.Ordinal).ShouldBe(planted.Order(StringComparer.Ordinal));
        ShouldBeUntouched("precious");
    }

    [Fact]
    public async Task A_file_that_turns_into_a_link_and_back_at_any_moment_lets_nothing_through()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere times that agree are taken for the same file.");
        const int Attempts = 1_000;
        WriteTarget("");
        var missing = Path.Combine(_outside, "missing");
        var isDone = false;
        var attacker = new Thread(() =>
        {
            var place = Place(LockFileKind);
            for (var i = 0; !Volatile.Read(ref isDone); i++)
            {
                var next = Path.Combine(_outside, "next");
                if (i % 2 == 0)
                {
                    File.CreateSymbolicLink(next, i % 4 == 0 ? Target : missing);
                }
                else
                {
                    File.WriteAllText(next, "");
                    File.SetLastWriteTimeUtc(next, Past);
                }

                File.Move(next, place, overwrite: true);
                Thread.SpinWait(Random.Shared.Next(2_000));
            }
        });
        attacker.Start();
        try
        {
            var provider = _folder.CreateProvider();
            for (var i = 0; i < Attempts; i++)
            {
                try
                {
                    await provider.TryAcquireAsync(Key, "a");
                    await provider.ReleaseAsync(Key, "a");
                }
                catch (DistributedLockUnavailableException)
                {
                    // A link, or too much changed.
                }
            }
        }
        finally
        {
            Volatile.Write(ref isDone, true);
            attacker.Join();
        }

        ShouldBeUntouched("");
        File.Exists(missing).ShouldBeFalse();
    }

    public async ValueTask DisposeAsync()
    {
        await _folder.DisposeAsync();
        Directory.Delete(_outside, recursive: true);
    }

    private static Task WithinAsync(Action action) =>
        Task.Run(action, TestContext.Current.CancellationToken).WaitAsync(Patience, TimeProvider.System, TestContext.Current.CancellationToken);

    private string Place(string kind) => kind == LockFileKind ? _folder.FileOf(Key) : _folder.FileNamed(kind);

    private void WriteTarget(string content)
    {
        File.WriteAllText(Target, content);
        File.SetLastWriteTimeUtc(Target, Past);
    }

    private void ShouldBeUntouched(string? content)
    {
        File.Exists(Target).ShouldBe(content is not null);
        if (content is not null)
        {
            File.ReadAllText(Target).ShouldBe(content);
            File.GetLastWriteTimeUtc(Target).ShouldBe(Past);
        }
    }

    private async Task ShouldBeRefusedAsync(string kind)
    {
        var provider = _folder.CreateProvider();
        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(
            () => Task.Run(() => provider.TryAcquireAsync(Key, "a"), TestContext.Current.CancellationToken)
                .WaitAsync(Patience, TimeProvider.System, TestContext.Current.CancellationToken));
        error.IsTransient.ShouldBeFalse();
        error.ToString().ShouldContain(Place(kind));
        error.ToString().ShouldNotContain(Key);
    }
}
