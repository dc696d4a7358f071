using System.Text.Json.Nodes;
using DistributedLocking.Etcd.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Etcd.Tests.Security;

/// <summary>A server that asks for a user, who may read and write below the prefix and nothing else.</summary>
public sealed class AuthTests : IAsyncLifetime
{
    private const string Prefix = "locks:";
    private const string User = "app";
    private const string Password = "s3cret";

    private EtcdServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await EtcdServer.StartAsync();
        await _server.CallAsync("/v3/auth/user/add", new JsonObject { ["name"] = "root", ["password"] = "root" });
        await _server.CallAsync("/v3/auth/user/grant", new JsonObject { ["user"] = "root", ["role"] = "root" });
        await _server.CallAsync("/v3/auth/role/add", new JsonObject { ["name"] = "locks" });
        await _server.CallAsync("/v3/auth/role/grant", new JsonObject
        {
            ["name"] = "locks",
            ["perm"] = new JsonObject { ["permType"] = "READWRITE", ["key"] = EtcdExtensions.Base64(Prefix), ["range_end"] = EtcdExtensions.Base64("locks;") },
        });
        await _server.CallAsync("/v3/auth/user/add", new JsonObject { ["name"] = User, ["password"] = Password });
        await _server.CallAsync("/v3/auth/user/grant", new JsonObject { ["user"] = User, ["role"] = "locks" });
        await _server.CallAsync("/v3/auth/enable");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_least_privilege_is_enough_for_all_that_a_lock_does()
    {
        await using var one = Lock();
        await using var two = Lock();
        var held = await one.AcquireAsync("key", cancellationToken: Cancel);
        await held.ExtendAsync(TimeSpan.FromMinutes(2), Cancel);
        var waiting = two.AcquireAsync("key", new AcquireOptions { WaitTimeout = TimeSpan.FromSeconds(60) }, Cancel).AsTask();

        (await held.ReleaseAsync(Cancel)).ShouldBeTrue();

        await using var next = await waiting;
        next.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task And_for_a_look_at_who_holds_what()
    {
        await using var locks = Lock();
        await using var others = Lock();
        await using var held = await locks.AcquireAsync("key", cancellationToken: Cancel);
        IDistributedLockInspector inspector = others;

        var holder = (await inspector.FindAsync("key", Cancel)).ShouldHaveSingleItem();

        holder.OwnerId.ShouldBe(held.OwnerId);
        holder.FencingToken.ShouldBe(held.FencingToken);
        holder.TimeLeft.ShouldNotBeNull();
        holder.Since.ShouldNotBeNull();
        (await inspector.ForceReleaseAsync("key", Cancel)).ShouldBe(1);
        await Should.ThrowAsync<DistributedLockLostException>(async () => await held.ExtendAsync(cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_restart_of_the_server_is_one_more_call()
    {
        await using var locks = Lock();
        await using var held = await locks.AcquireAsync("key", cancellationToken: Cancel);

        await _server.StopAsync();
        await _server.RestartAsync();

        await Eventually.BecomesTrueAsync(() => held.CanExtendAsync(Cancel), "the user was known again");
        held.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_wrong_password_is_said_so_and_not_tried_again()
    {
        await using var locks = Lock(options => options.Password = "wr0ng");

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(locks.AcquireAsync("key", cancellationToken: Cancel).AsTask());

        error.Message.ShouldContain("refused the user name or the password");
        error.IsTransient.ShouldBeFalse();
        error.ToString().ShouldNotContain("wr0ng");
    }

    [Fact]
    public async Task A_user_that_is_missing_is_asked_for()
    {
        await using var locks = Lock(options => (options.UserName, options.Password) = (null, null));

        (await Should.ThrowAsync<DistributedLockUnavailableException>(locks.AcquireAsync("key", cancellationToken: Cancel).AsTask()))
            .Message.ShouldContain("asks for a user and a password");
    }

    [Fact]
    public async Task A_prefix_that_the_user_may_not_write_is_said_so()
    {
        await using var locks = Lock(options => options.KeyPrefix = "others:");

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(locks.AcquireAsync("key", cancellationToken: Cancel).AsTask());

        error.Message.ShouldContain("lacks a permission");
        error.IsTransient.ShouldBeFalse();
    }

    private DistributedLock Lock(Action<EtcdLockOptions>? configure = null)
    {
        var options = new EtcdLockOptions { Endpoints = [_server.Endpoint], KeyPrefix = Prefix, UserName = User, Password = Password };
        configure?.Invoke(options);
        return new DistributedLock(new EtcdLockProvider(options), options);
    }
}
