using DistributedLocking.FileSystem;
using DistributedLocking.FileSystem.Files;
using DistributedLocking.FileSystem.Tokens;
using DistributedLocking.Tests.FileSystem.Support;

namespace DistributedLocking.Tests.FileSystem;

public sealed class StoreErrorTests : IAsyncDisposable
{
    private readonly LockFolder _folder = new();

    [Fact]
    public async Task A_missing_directory_is_made()
    {
        var path = Path.Combine(_folder.Path, "a", "b");
        var provider = Over(path);
        Directory.Exists(path).ShouldBeFalse();
        await provider.AcquireAsync("k", "o");
        await provider.DisposeAsync();
        Directory.Exists(path).ShouldBeTrue();
    }

    [Fact]
    public async Task A_file_in_the_directorys_place_is_unavailable_for_good()
    {
        var path = _folder.FileNamed("file");
        await File.WriteAllTextAsync(path, "", TestContext.Current.CancellationToken);
        await ShouldBeUnavailableAsync<IOException>(Over(path), isTransient: false);
        await ShouldBeUnavailableAsync<IOException>(Over(Path.Combine(path, "below")), isTransient: false);
    }

    [Fact]
    public async Task A_lock_file_that_cannot_be_opened_is_unavailable_for_good()
    {
        Directory.CreateDirectory(_folder.FileOf("k"));
        await ShouldBeUnavailableAsync<UnauthorizedAccessException>(_folder.CreateProvider(), isTransient: false);
    }

    [Fact]
    public async Task A_path_too_long_is_unavailable_for_good() =>
        await ShouldBeUnavailableAsync<PathTooLongException>(Over(Path.Combine(_folder.Path, new string('x', 300))), isTransient: false);

    [Fact]
    public void A_full_disk_may_pass_and_a_read_only_one_stays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The numbers are those of Unix.");
        FileErrors.ToUnavailable(new IOException("full", hresult: 28), "directory").IsTransient.ShouldBeTrue();
        FileErrors.ToUnavailable(new IOException("read-only", hresult: 30), "directory").IsTransient.ShouldBeFalse();
    }

    [Fact]
    public async Task Nothing_stays_locked_by_an_attempt_that_failed()
    {
        var provider = _folder.CreateProvider();
        var mark = _folder.FileNamed(FencingMark.MarkName);
        Directory.CreateDirectory(mark);
        await ShouldBeUnavailableAsync<UnauthorizedAccessException>(provider, isTransient: false);

        Directory.Delete(mark);
        await provider.AcquireAsync("k", "other");
    }

    [Fact]
    public async Task A_file_system_that_does_not_lock_is_refused_for_good()
    {
        using var process = HolderProcess.Start(_folder.Path, "k", ("DOTNET_SYSTEM_IO_DISABLEFILELOCKING", "1"));
        (await process.ReadLineAsync()).ShouldStartWith("unavailable for good: The file system of the lock directory");
    }

    [Fact]
    public async Task A_guard_that_another_process_has_is_no_reason_to_doubt_the_file_system()
    {
        using (File.OpenHandle(_folder.FileNamed(FencingMark.GuardName), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            await _folder.CreateProvider().AcquireAsync("k", "o");
        }
    }

    [Fact]
    public void A_provider_needs_a_directory_and_touches_nothing_before_the_first_acquire()
    {
        Should.Throw<ArgumentException>(() => new FileSystemLockProvider(new FileSystemLockOptions()));
        _folder.CreateProvider();
        Directory.GetFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    private FileSystemLockProvider Over(string path) => _folder.CreateProvider(configure: options => options.Directory = path);

    private static async Task ShouldBeUnavailableAsync<TInner>(FileSystemLockProvider provider, bool isTransient)
    {
        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(() => provider.TryAcquireAsync("k", "o"));
        error.IsTransient.ShouldBe(isTransient);
        error.InnerException.ShouldBeAssignableTo<TInner>();
    }
}
