namespace DistributedLocking.Tests.Extensions;

public sealed class ShortCallTests
{
    private static readonly CancellationToken Token = new CancellationTokenSource().Token;
    private static readonly AcquireOptions Options = new() { TimeToLive = TimeSpan.FromSeconds(7) };
    private static readonly AcquireOptions TwoSeconds = new() { WaitTimeout = TimeSpan.FromSeconds(2) };
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(2);
    private static readonly CallShapes Shapes = new(AddAsynchronous, AddBlocking);

    public static TheoryData<string> Texts => Shapes.Texts;

    [Theory]
    [MemberData(nameof(Texts))]
    public Task The_call_binds_as_it_reads(string call) => Shapes.CheckAsync(call);

    [Fact]
    public async Task Null_locks_are_refused()
    {
        IDistributedLock locks = null!;

        (await Should.ThrowAsync<ArgumentNullException>(async () => await locks.AcquireAsync("k", Wait))).ParamName.ShouldBe("locks");
        (await Should.ThrowAsync<ArgumentNullException>(async () => await locks.TryAcquireAsync("k", Token))).ParamName.ShouldBe("locks");
        (await Should.ThrowAsync<ArgumentNullException>(async () => await locks.AcquirefAsync($"k{1}"))).ParamName.ShouldBe("locks");
        (await Should.ThrowAsync<ArgumentNullException>(async () => await locks.ReleasefAsync("k{0}", 1))).ParamName.ShouldBe("locks");
    }

    [Fact]
    public void Null_locks_are_refused_by_the_blocking_twins()
    {
        IDistributedLock locks = null!;

        Should.Throw<ArgumentNullException>(() => locks.Acquire("k")).ParamName.ShouldBe("locks");
        Should.Throw<ArgumentNullException>(() => locks.TryAcquire("k")).ParamName.ShouldBe("locks");
        Should.Throw<ArgumentNullException>(() => locks.Release("k")).ParamName.ShouldBe("locks");
        Should.Throw<ArgumentNullException>(() => locks.Acquiref($"k{1}")).ParamName.ShouldBe("locks");
    }

    private static void AddAsynchronous(CallShapes shapes)
    {
        const string acquire = nameof(IDistributedLock.AcquireAsync);
        const string tryAcquire = nameof(IDistributedLock.TryAcquireAsync);

        shapes.Add(acquire, async locks => await locks.AcquireAsync("k"), "k");
        shapes.Add(acquire, async locks => await locks.AcquireAsync("k", Token), "k", token: Token);
        shapes.Add(acquire, async locks => await locks.AcquireAsync("k", Wait), "k", TwoSeconds);
        shapes.Add(acquire, async locks => await locks.AcquireAsync("k", Wait, Token), "k", TwoSeconds, Token);
        shapes.Add(acquire, async locks => await locks.AcquireAsync("k", Options, Token), "k", Options, Token);
        shapes.Add(acquire, async locks => await locks.AcquireAsync("k", default, Token), "k", token: Token);
        shapes.Add(acquire, async locks => await locks.AcquireAsync("k{0}", Token), "k{0}", token: Token);

        shapes.Add(tryAcquire, async locks => await locks.TryAcquireAsync("k"), "k");
        shapes.Add(tryAcquire, async locks => await locks.TryAcquireAsync("k", Token), "k", token: Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquireAsync("k", Wait), "k", TwoSeconds);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquireAsync("k", Wait, Token), "k", TwoSeconds, Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquireAsync("k", Options, Token), "k", Options, Token);
    }

    private static void AddBlocking(CallShapes shapes)
    {
        const string acquire = nameof(IDistributedLock.AcquireAsync);
        const string tryAcquire = nameof(IDistributedLock.TryAcquireAsync);

        shapes.AddBlocking(acquire, locks => locks.Acquire("k"), "k");
        shapes.AddBlocking(acquire, locks => locks.Acquire("k", Options), "k", Options);
        shapes.AddBlocking(acquire, locks => locks.Acquire("k", Options, Token), "k", Options, Token);
        shapes.AddBlocking(acquire, locks => locks.Acquire("k", null, Token), "k", token: Token);
        shapes.AddBlocking(acquire, locks => locks.Acquire("k", default, Token), "k", token: Token);
        shapes.AddBlocking(acquire, locks => locks.Acquire("k", cancellationToken: Token), "k", token: Token);
        shapes.AddBlocking(acquire, locks => locks.Acquire("k", Token), "k", token: Token);
        shapes.AddBlocking(acquire, locks => locks.Acquire("k", Wait), "k", TwoSeconds);
        shapes.AddBlocking(acquire, locks => locks.Acquire("k", Wait, Token), "k", TwoSeconds, Token);

        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquire("k"), "k");
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquire("k", Options, Token), "k", Options, Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquire("k", default, Token), "k", token: Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquire("k", Token), "k", token: Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquire("k", Wait), "k", TwoSeconds);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquire("k", Wait, Token), "k", TwoSeconds, Token);

        shapes.AddBlockingRelease(locks => locks.Release("k"), "k");
        shapes.AddBlockingRelease(locks => locks.Release("k", Token), "k", Token);
    }
}
