using DistributedLocking.Tests.FileSystem.Support;
using DistributedLocking.Providers;

namespace DistributedLocking.Tests.FileSystem;

public sealed class ExclusionTests : IAsyncDisposable
{
    private readonly LockFolder _folder = new();

    [Fact]
    public async Task A_second_owner_is_refused_until_the_release()
    {
        var provider = _folder.CreateProvider();
        await provider.AcquireAsync("k", "a");
        (await provider.TryAcquireAsync("k", "b")).ShouldBe(AcquireReply.NotGranted());
        (await provider.ReleaseAsync("k", "b")).ShouldBeFalse();
        (await provider.ReleaseAsync("k", "a")).ShouldBeTrue();
        (await provider.ReleaseAsync("k", "a")).ShouldBeFalse();
        await provider.AcquireAsync("k", "b");
    }

    [Fact]
    public async Task A_second_owner_is_refused_across_providers()
    {
        var (one, other) = (_folder.CreateProvider(), _folder.CreateProvider());
        await one.AcquireAsync("k", "a");
        (await other.TryAcquireAsync("k", "b")).IsGranted.ShouldBeFalse();
        (await other.TryAcquireAsync("k", "a")).IsGranted.ShouldBeFalse();
        await one.ReleaseAsync("k", "a");
        await other.AcquireAsync("k", "b");
    }

    [Fact]
    public async Task A_second_owner_is_refused_across_processes_until_the_holder_is_killed()
    {
        var provider = _folder.CreateProvider();
        using var holder = HolderProcess.Start(_folder.Path, "k");
        (await holder.ReadLineAsync()).ShouldStartWith("granted");
        (await provider.TryAcquireAsync("k", "b")).IsGranted.ShouldBeFalse();
        using var late = HolderProcess.Start(_folder.Path, "k");
        (await late.ReadLineAsync()).ShouldBe("refused");

        await holder.KillAsync();
        await provider.AcquireAsync("k", "b");
    }

    [Fact]
    public async Task Keys_that_differ_do_not_exclude_each_other()
    {
        var provider = _folder.CreateProvider();
        foreach (var key in new[] { "a", "A", "a ", "a.", "\u00e9", "e\u0301", "con", "a/b", "a\\b", new string('x', 10_000) })
        {
            await provider.AcquireAsync(key, "o");
        }
    }

    [Fact]
    public async Task Prefixes_separate()
    {
        await _folder.CreateProvider().AcquireAsync("k", "a");
        await _folder.CreateProvider(configure: options => options.KeyPrefix = "other:").AcquireAsync("k", "b");
    }

    [Fact]
    public async Task The_same_owner_is_answered_the_same_again()
    {
        var provider = _folder.CreateProvider();
        var token = await provider.AcquireAsync("k", "a");
        (await provider.TryAcquireAsync("k", "a")).ShouldBe(AcquireReply.Granted(token));
        (await provider.ReleaseAsync("k", "a")).ShouldBeTrue();
        (await provider.ReleaseAsync("k", "a")).ShouldBeFalse();
    }

    [Fact]
    public async Task Renewal_goes_by_the_owner()
    {
        var provider = _folder.CreateProvider();
        await provider.AcquireAsync("k", "a");
        var replies = await provider.RenewAsync(
            [.. "aba".Select(owner => new RenewalRequest(new LeaseReference("k", $"{owner}"), TimeSpan.FromSeconds(1)))],
            TestContext.Current.CancellationToken);
        replies.Select(reply => reply.Outcome).ShouldBe([RenewalOutcome.Renewed, RenewalOutcome.Lost, RenewalOutcome.Renewed]);
        await provider.ReleaseAsync("k", "a");
        (await provider.RenewAsync("k", "a")).Outcome.ShouldBe(RenewalOutcome.Lost);
    }

    [Fact]
    public async Task Dispose_releases_everything_and_refuses_more()
    {
        var (one, other) = (_folder.CreateProvider(), _folder.CreateProvider());
        await one.AcquireAsync("k1", "a");
        await one.AcquireAsync("k2", "a");
        await one.DisposeAsync();
        await other.AcquireAsync("k1", "b");
        await other.AcquireAsync("k2", "b");
        await Should.ThrowAsync<ObjectDisposedException>(() => one.TryAcquireAsync("k3", "a"));
    }

    [Fact]
    public async Task A_cancelled_call_and_an_unknown_mode_take_nothing()
    {
        var provider = _folder.CreateProvider();
        await Should.ThrowAsync<OperationCanceledException>(
            async () => await provider.TryAcquireAsync(ProviderCalls.Request("k", "a"), new CancellationToken(canceled: true)));
        await Should.ThrowAsync<NotSupportedException>(
            async () => await provider.TryAcquireAsync(ProviderCalls.Request("k", "a") with { Mode = (LockMode)7 }, CancellationToken.None));
        _folder.LockFiles().ShouldBeEmpty();
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();
}
