using DistributedLocking.FileSystem;
using DistributedLocking.Tests.FileSystem.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Tests.FileSystem.DependencyInjection;

public sealed class RegistrationTests : IAsyncDisposable
{
    private readonly LockFolder _folder = new();
    private readonly ServiceCollection _services = new();

    [Fact]
    public async Task A_directory_is_enough()
    {
        _services.AddFileSystemLock(_folder.Path);
        await ShouldLockInFolderAsync(provider => provider.GetRequiredService<IDistributedLock>());
        Options().Directory.ShouldBe(_folder.Path);
    }

    [Fact]
    public async Task Options_can_be_set_in_code()
    {
        _services.AddFileSystemLock(options =>
        {
            options.Directory = _folder.Path;
            options.UseNotifications = false;
        });
        await ShouldLockInFolderAsync(provider => provider.GetRequiredService<IDistributedLock>());
        Options().UseNotifications.ShouldBeFalse();
    }

    [Fact]
    public async Task Options_can_come_from_a_section()
    {
        _services.AddFileSystemLock(Section(("Directory", _folder.Path), ("UseNotifications", "false"), ("TimeToLive", "30s"), ("KeyPrefix", "p:")));
        await ShouldLockInFolderAsync(provider => provider.GetRequiredService<IDistributedLock>());
        var options = Options();
        options.UseNotifications.ShouldBeFalse();
        options.TimeToLive.ShouldBe(TimeSpan.FromSeconds(30));
        options.KeyPrefix.ShouldBe("p:");
    }

    [Fact]
    public async Task Keyed_locks_have_options_of_their_own()
    {
        _services.AddKeyedFileSystemLock("one", _folder.FileNamed("one"));
        _services.AddKeyedFileSystemLock("two", options => options.Directory = _folder.Path);
        _services.AddKeyedFileSystemLock("three", Section(("Directory", _folder.FileNamed("three"))));
        await ShouldLockInFolderAsync(provider => provider.GetRequiredKeyedService<IDistributedLock>("two"));
        Options("one").Directory.ShouldBe(_folder.FileNamed("one"));
        Options("three").Directory.ShouldBe(_folder.FileNamed("three"));
    }

    [Fact]
    public void An_unknown_key_in_the_section_names_itself()
    {
        _services.AddFileSystemLock(Section(("Directory", "x"), ("Directroy", "y")));
        Should.Throw<OptionsValidationException>(() => Options()).Message.ShouldContain("'Locks:Directroy'");
    }

    [Fact]
    public void A_wrong_value_in_the_section_names_itself()
    {
        _services.AddFileSystemLock(Section(("Directory", "x"), ("UseNotifications", "maybe")));
        var message = Should.Throw<OptionsValidationException>(() => Options()).Message;
        message.ShouldContain("'Locks:UseNotifications'");
        message.ShouldContain("'maybe'");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\0b")]
    public void An_impossible_directory_is_refused(string directory)
    {
        _services.AddFileSystemLock(options => options.Directory = directory);
        Should.Throw<OptionsValidationException>(() => Options()).Message.ShouldContain("Directory");
    }

    [Fact]
    public void Arguments_are_checked()
    {
        Should.Throw<ArgumentException>(() => _services.AddFileSystemLock(" "));
        Should.Throw<ArgumentNullException>(() => _services.AddFileSystemLock((Action<FileSystemLockOptions>)null!)).ParamName.ShouldBe("configure");
        Should.Throw<ArgumentNullException>(() => _services.AddFileSystemLock((IConfiguration)null!)).ParamName.ShouldBe("section");
        Should.Throw<ArgumentNullException>(() => _services.AddKeyedFileSystemLock(null!, "x")).ParamName.ShouldBe("serviceKey");
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    private FileSystemLockOptions Options(string? name = null)
    {
        using var provider = _services.BuildServiceProvider();
        return provider.GetRequiredService<IOptionsMonitor<FileSystemLockOptions>>().Get(name);
    }

    private async Task ShouldLockInFolderAsync(Func<IServiceProvider, IDistributedLock> resolve)
    {
        await using var provider = _services.BuildServiceProvider();
        await using (await resolve(provider).AcquireAsync("k", cancellationToken: TestContext.Current.CancellationToken))
        {
            _folder.LockFiles().ShouldHaveSingleItem();
        }

        _folder.LockFiles().ShouldBeEmpty();
    }

    private static IConfigurationSection Section(params (string Name, string Value)[] values) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(value => KeyValuePair.Create<string, string?>("Locks:" + value.Name, value.Value)))
            .Build()
            .GetSection("Locks");
}
