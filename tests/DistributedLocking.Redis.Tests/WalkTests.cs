using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using DistributedLocking.Redis.Scripts;
using DistributedLocking.Redis.Tests.Doubles;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests;

/// <summary>
/// How many of our methods an uncontended call goes through on its way to its script. As long as nothing is awaited,
/// they are all on the stack when the client is called.
/// </summary>
public sealed class WalkTests(SharedRedis redis)
{
    private readonly List<MethodBase> _walk = [];

    [Fact]
    public async Task An_acquisition_reaches_its_script_in_few_steps_and_never_goes_back()
    {
        using var client = await ConnectionMultiplexer.ConnectAsync(redis.Server.Address);
        await using var locks = Open(client);
        await (await locks.AcquireAsync("walk", cancellationToken: TestContext.Current.CancellationToken)).DisposeAsync();
        _walk.Clear();

        await using var handle = await locks.AcquireAsync("walk", cancellationToken: TestContext.Current.CancellationToken);

        Check(methods: 8, files: 7);
    }

    [Fact]
    public async Task So_does_a_release()
    {
        using var client = await ConnectionMultiplexer.ConnectAsync(redis.Server.Address);
        await using var locks = Open(client);
        await (await locks.AcquireAsync("walk", cancellationToken: TestContext.Current.CancellationToken)).DisposeAsync();
        var handle = await locks.AcquireAsync("walk", cancellationToken: TestContext.Current.CancellationToken);
        _walk.Clear();

        (await handle.ReleaseAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();

        Check(methods: 6, files: 5);
    }

    private DistributedLock Open(ConnectionMultiplexer client)
    {
        var database = Intercepted<IDatabase>.Of(client.GetDatabase(), method =>
        {
            if (method == nameof(IDatabase.ScriptEvaluateAsync))
            {
                _walk.AddRange(Walk());
            }

            return null;
        });
        var given = Intercepted<IConnectionMultiplexer>.Of(client, method => method == nameof(IConnectionMultiplexer.GetDatabase) ? database : null);
        var options = new RedisLockOptions { KeyPrefix = $"walk-{RandomNumberGenerator.GetHexString(12)}:" };
        return new DistributedLock(new RedisLockProvider(options, connection: given), options);
    }

    /// <summary>
    /// Our methods between the test's call and the client's, in that order, without the call of the script itself.
    /// </summary>
    private static IEnumerable<MethodBase> Walk() => new StackTrace().GetFrames()
        .Select(frame => frame.GetMethod()!)
        .SkipWhile(method => !IsOurs(method))
        .TakeWhile(method => method.DeclaringType?.Assembly != typeof(WalkTests).Assembly)
        .Where(method => IsOurs(method)
            && method.DeclaringType != typeof(RedisScript)

            // An async method only starts its state machine, which is on the stack too.
            && method.GetCustomAttribute<AsyncStateMachineAttribute>() is null)
        .Reverse();

    private static bool IsOurs(MethodBase method) =>
        method.DeclaringType?.Assembly is { } assembly && (assembly == typeof(RedisLockProvider).Assembly || assembly == typeof(DistributedLock).Assembly);

    private void Check(int methods, int files)
    {
        var names = _walk.ConvertAll(Describe);
        names.Count.ShouldBeLessThanOrEqualTo(methods, string.Join(" > ", names));

        var visited = new List<Type>();
        foreach (var type in _walk.Select(DeclaringType))
        {
            if (visited.Count == 0 || visited[^1] != type)
            {
                visited.ShouldNotContain(type, string.Join(" > ", names));
                visited.Add(type);
            }
        }

        visited.Count.ShouldBeInRange(2, files, string.Join(" > ", names));
    }

    private static string Describe(MethodBase method) => $"{DeclaringType(method).Name}.{method.DeclaringType!.Name}.{method.Name}";

    /// <summary>The type that is in the file: an async method is a nested one.</summary>
    private static Type DeclaringType(MethodBase method)
    {
        var type = method.DeclaringType!;
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type;
    }
}
