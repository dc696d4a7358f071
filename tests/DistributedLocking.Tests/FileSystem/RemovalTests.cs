using DistributedLocking.FileSystem;
using DistributedLocking.FileSystem.Tokens;
using DistributedLocking.Providers;
using DistributedLocking.Tests.FileSystem.Support;

namespace DistributedLocking.Tests.FileSystem;

/// <summary>What happens when somebody removes or replaces lock files.</summary>
public sealed class RemovalTests : IAsyncDisposable
{
    private readonly LockFolder _folder = new();

    [Fact]
    public async Task A_removed_file_is_a_lost_lock()
    {
        var provider = _folder.CreateProvider();
        await provider.AcquireAsync("k", "a");
        File.Delete(_folder.FileOf("k"));
        (await provider.RenewAsync("k", "a")).Outcome.ShouldBe(RenewalOutcome.Lost);
        (await provider.ReleaseAsync("k", "a")).ShouldBeFalse();
        await provider.AcquireAsync("k", "b");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_holder_whose_file_was_replaced_loses_and_leaves_its_successor_alone(bool isSameProvider)
    {
        var provider = _folder.CreateProvider();
        var next = isSameProvider ? provider : _folder.CreateProvider();
        var token = await provider.AcquireAsync("k", "a");
        File.Delete(_folder.FileOf("k"));
        (await next.AcquireAsync("k", "b")).ShouldBeGreaterThan(token);

        (await provider.ReleaseAsync("k", "a")).ShouldBeFalse();
        (await next.RenewAsync("k", "b")).Outcome.ShouldBe(RenewalOutcome.Renewed);
        (await provider.TryAcquireAsync("k", "c")).IsGranted.ShouldBeFalse();
        (await next.ReleaseAsync("k", "b")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_renewal_after_a_replacement_says_lost_and_leaves_the_successor_alone()
    {
        var (one, other) = (_folder.CreateProvider(), _folder.CreateProvider());
        await one.AcquireAsync("k", "a");
        File.Delete(_folder.FileOf("k"));
        await other.AcquireAsync("k", "b");
        (await one.RenewAsync("k", "a")).Outcome.ShouldBe(RenewalOutcome.Lost);
        (await other.RenewAsync("k", "b")).Outcome.ShouldBe(RenewalOutcome.Renewed);
        (await one.TryAcquireAsync("k", "c")).IsGranted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_file_moved_away_and_a_copy_in_its_place_are_a_lost_lock()
    {
        var provider = _folder.CreateProvider();
        await provider.AcquireAsync("k", "a");
        var file = _folder.FileOf("k");
        File.Move(file, file + ".moved");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        (await provider.RenewAsync("k", "a")).Outcome.ShouldBe(RenewalOutcome.Lost);
    }

    [Fact]
    public async Task A_provider_that_is_disposed_leaves_the_successor_of_a_lost_lock_alone()
    {
        var (one, other) = (_folder.CreateProvider(), _folder.CreateProvider());
        await one.AcquireAsync("k", "a");
        File.Delete(_folder.FileOf("k"));
        await other.AcquireAsync("k", "b");
        await one.DisposeAsync();
        (await other.RenewAsync("k", "b")).Outcome.ShouldBe(RenewalOutcome.Renewed);
    }

    [Fact]
    public async Task A_provider_that_is_forgotten_leaves_the_successor_of_a_lost_lock_alone()
    {
        var other = _folder.CreateProvider();
        var handle = AcquireAndForget();
        File.Delete(_folder.FileOf("k"));
        await other.AcquireAsync("k", "b");
        while (handle.IsAlive)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        (await other.RenewAsync("k", "b")).Outcome.ShouldBe(RenewalOutcome.Renewed);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        WeakReference AcquireAndForget()
        {
            var provider = new FileSystemLockProvider(new FileSystemLockOptions { Directory = _folder.Path });
            provider.TryAcquireAsync(ProviderCalls.Request("k", "a"), CancellationToken.None).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
            return new WeakReference(provider);
        }
    }

    [Fact]
    public async Task Touching_the_file_changes_nothing()
    {
        var provider = _folder.CreateProvider();
        await provider.AcquireAsync("k", "a");
        File.SetLastWriteTimeUtc(_folder.FileOf("k"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        (await provider.RenewAsync("k", "a")).Outcome.ShouldBe(RenewalOutcome.Renewed);
        (await provider.ReleaseAsync("k", "a")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_removed_directory_is_made_anew()
    {
        var provider = _folder.CreateProvider();
        await provider.AcquireAsync("k", "a");
        Directory.Delete(_folder.Path, recursive: true);
        (await provider.RenewAsync("k", "a")).Outcome.ShouldBe(RenewalOutcome.Lost);
        await provider.AcquireAsync("k", "b");
        File.Exists(_folder.FileNamed(FencingMark.MarkName)).ShouldBeTrue();
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();
}
