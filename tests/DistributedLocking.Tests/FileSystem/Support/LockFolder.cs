using DistributedLocking.FileSystem;
using DistributedLocking.FileSystem.Files;
using DistributedLocking.Providers;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Tests.FileSystem.Support;

/// <summary>A throw-away lock directory and the providers over it.</summary>
public sealed class LockFolder : IAsyncDisposable
{
    private readonly List<FileSystemLockProvider> _providers = [];

    public string Path { get; } = Directory.CreateTempSubdirectory("lock-files-").FullName;

    public FileSystemLockProvider CreateProvider(TimeProvider? time = null, ILoggerFactory? loggers = null, Action<FileSystemLockOptions>? configure = null)
    {
        var options = new FileSystemLockOptions { Directory = Path };
        configure?.Invoke(options);
        var provider = new FileSystemLockProvider(options, loggers, time);
        _providers.Add(provider);
        return provider;
    }

    public string FileOf(string key) => System.IO.Path.Combine(Path, LockFileName.Of("lock:", key));

    public string FileNamed(string name) => System.IO.Path.Combine(Path, name);

    public string[] LockFiles() => Directory.GetFiles(Path, "*.lock");

    public async ValueTask DisposeAsync()
    {
        foreach (var provider in _providers)
        {
            await provider.DisposeAsync();
        }

        Directory.Delete(Path, recursive: true);
    }
}

internal static class ProviderCalls
{
    internal static async Task<AcquireReply> TryAcquireAsync(this FileSystemLockProvider provider, string key, string owner) =>
        await provider.TryAcquireAsync(Request(key, owner), TestContext.Current.CancellationToken);

    internal static async Task<long> AcquireAsync(this FileSystemLockProvider provider, string key, string owner)
    {
        var reply = await provider.TryAcquireAsync(key, owner);
        reply.IsGranted.ShouldBeTrue();
        return reply.FencingToken;
    }

    internal static async Task<bool> ReleaseAsync(this FileSystemLockProvider provider, string key, string owner) =>
        await provider.ReleaseAsync(new LeaseReference(key, owner), TestContext.Current.CancellationToken);

    internal static async Task<RenewalReply> RenewAsync(this FileSystemLockProvider provider, string key, string owner)
    {
        var replies = await provider.RenewAsync(
            [new RenewalRequest(new LeaseReference(key, owner), TimeSpan.FromMinutes(1))], TestContext.Current.CancellationToken);
        return replies.ShouldHaveSingleItem();
    }

    internal static AcquireRequest Request(string key, string owner) =>
        new() { Key = key, OwnerId = owner, TimeToLive = TimeSpan.FromMinutes(1) };
}
