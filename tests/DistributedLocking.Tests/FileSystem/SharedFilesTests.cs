using DistributedLocking.FileSystem;
using DistributedLocking.Providers;
using DistributedLocking.Tests.FileSystem.Support;

namespace DistributedLocking.Tests.FileSystem;

/// <summary>The files of reader-writer locks and semaphores.</summary>
public sealed class SharedFilesTests : IAsyncDisposable
{
    private const int Reader = int.MaxValue;
    private const int Writer = 1;

    private readonly LockFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task The_last_reader_that_leaves_removes_the_file()
    {
        var one = _folder.CreateProvider();
        var two = _folder.CreateProvider();
        (await AskAsync(one, "r1", Reader)).ShouldBeTrue();
        (await AskAsync(two, "r2", Reader)).ShouldBeTrue();
        _folder.LockFiles().Length.ShouldBe(1);

        (await ReleaseAsync(one, "r1")).ShouldBeTrue();
        _folder.LockFiles().Length.ShouldBe(1);
        (await AskAsync(one, "w", Writer)).ShouldBeFalse();
        (await ReleaseAsync(two, "r2")).ShouldBeTrue();
        _folder.LockFiles().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_writer_that_waits_keeps_readers_out_until_it_leaves()
    {
        var one = _folder.CreateProvider();
        var two = _folder.CreateProvider();
        await AskAsync(one, "r1", Reader);
        (await AskAsync(one, "w", Writer, wait: true)).ShouldBeFalse();

        (await AskAsync(two, "r2", Reader)).ShouldBeFalse();
        (await AskAsync(two, "w2", Writer)).ShouldBeFalse();
        await one.LeaveAsync(new LeaseReference("k", "w") { Mode = LockMode.Shared }, Cancel);
        (await AskAsync(two, "r2", Reader)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_writer_that_was_let_in_keeps_the_file_alone()
    {
        var one = _folder.CreateProvider();
        var two = _folder.CreateProvider();
        await AskAsync(one, "r1", Reader);
        await AskAsync(two, "w", Writer, wait: true);
        await ReleaseAsync(one, "r1");

        (await AskAsync(two, "w", Writer, wait: true)).ShouldBeTrue();
        _folder.LockFiles().Length.ShouldBe(1);
        (await AskAsync(one, "r2", Reader)).ShouldBeFalse();
        (await ReleaseAsync(two, "w")).ShouldBeTrue();
        _folder.LockFiles().ShouldBeEmpty();
        (await AskAsync(one, "r2", Reader)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_provider_that_is_disposed_opens_its_turnstiles()
    {
        var one = _folder.CreateProvider();
        var two = _folder.CreateProvider();
        await AskAsync(one, "r1", Reader);
        await AskAsync(two, "w", Writer, wait: true);
        await two.DisposeAsync();

        (await AskAsync(one, "r2", Reader)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_semaphore_has_a_file_for_each_permit_and_leaves_none()
    {
        var provider = _folder.CreateProvider();
        foreach (var owner in new[] { "a", "b", "c" })
        {
            (await AskAsync(provider, owner, 3, LockMode.Counted)).ShouldBeTrue();
        }

        _folder.LockFiles().Length.ShouldBe(3);
        (await AskAsync(provider, "d", 3, LockMode.Counted)).ShouldBeFalse();
        foreach (var owner in new[] { "b", "a", "c" })
        {
            (await ReleaseAsync(provider, owner, LockMode.Counted)).ShouldBeTrue();
        }

        _folder.LockFiles().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_removed_file_is_a_lost_share()
    {
        var provider = _folder.CreateProvider();
        await AskAsync(provider, "r1", Reader);
        File.Delete(_folder.LockFiles().Single());

        var renewal = new RenewalRequest(new LeaseReference("k", "r1") { Mode = LockMode.Shared }, TimeSpan.FromMinutes(1));
        (await provider.RenewAsync([renewal], Cancel)).Single().Outcome.ShouldBe(RenewalOutcome.Lost);
        (await ReleaseAsync(provider, "r1")).ShouldBeFalse();
    }

    private static async Task<bool> AskAsync(FileSystemLockProvider provider, string owner, int limit, LockMode mode = LockMode.Shared, bool wait = false)
    {
        var request = new AcquireRequest
        {
            Key = "k",
            OwnerId = owner,
            TimeToLive = TimeSpan.FromMinutes(1),
            Mode = mode,
            Limit = limit,
            StoreWait = wait ? Timeout.InfiniteTimeSpan : TimeSpan.Zero,
        };
        return (await provider.TryAcquireAsync(request, Cancel)).IsGranted;
    }

    private static ValueTask<bool> ReleaseAsync(FileSystemLockProvider provider, string owner, LockMode mode = LockMode.Shared) =>
        provider.ReleaseAsync(new LeaseReference("k", owner) { Mode = mode }, Cancel);
}
