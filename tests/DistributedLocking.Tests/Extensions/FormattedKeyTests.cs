namespace DistributedLocking.Tests.Extensions;

public sealed class FormattedKeyTests
{
    private const double Number = -1.5;
    private const string Literal = "x";
    private static readonly CancellationToken Token = new CancellationTokenSource().Token;
    private static readonly AcquireOptions Options = new() { TimeToLive = TimeSpan.FromSeconds(7) };
    private static readonly AcquireOptions TwoSeconds = new() { WaitTimeout = TimeSpan.FromSeconds(2) };
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(2);
    private static readonly CallShapes Shapes = new(AddAcquire, AddTryAcquire, AddRelease);
    private readonly RecordingLock _locks = new();

    public static MatrixTheoryData<string, string> Calls => new(Shapes.Texts.Select(row => row.Data), Cultures.Names.Select(row => row.Data));

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task The_call_binds_as_it_reads_in_any_culture(string call, string culture)
    {
        using var scope = Cultures.Use(culture);
        await Shapes.CheckAsync(call);
    }

    [Fact]
    public async Task What_is_no_part_of_a_key_is_refused()
    {
        CancellationToken? maybe = Token;
        string? missing = null;

        (await Should.ThrowAsync<ArgumentException>(async () => await _locks.AcquirefAsync("k{0}", Token)))
            .Message.ShouldContain("CancellationToken");
        (await Should.ThrowAsync<ArgumentException>(async () => await _locks.AcquirefAsync("k{0}", Options))).Message.ShouldContain("AcquireOptions");
        (await Should.ThrowAsync<ArgumentException>(async () => await _locks.AcquirefAsync("k{0}{1}{2}", 1, Options, Token)))
            .Message.ShouldContain("Argument 1 of the key is of type AcquireOptions");
        (await Should.ThrowAsync<ArgumentException>(async () => await _locks.AcquirefAsync(Options, Token, "k{0}", Token)))
            .Message.ShouldContain("CancellationToken");
        (await Should.ThrowAsync<ArgumentException>(async () => await _locks.AcquirefAsync("k{0}", maybe)))
            .Message.ShouldContain("CancellationToken");
        (await Should.ThrowAsync<ArgumentException>(async () => await _locks.AcquirefAsync($"k{Token}"))).Message.ShouldContain("CancellationToken");
        (await Should.ThrowAsync<ArgumentException>(async () => await _locks.AcquirefAsync($"k{Number}", Token, 1)))
            .Message.ShouldContain("CancellationToken");
        (await Should.ThrowAsync<ArgumentException>(async () => await _locks.TryAcquirefAsync("k{0}", Token)))
            .Message.ShouldContain("CancellationToken");
        (await Should.ThrowAsync<ArgumentException>(async () => await _locks.TryAcquirefAsync($"k{Options}")))
            .Message.ShouldContain("AcquireOptions");
        (await Should.ThrowAsync<ArgumentException>(async () => await _locks.ReleasefAsync("k{0}", Token)))
            .Message.ShouldContain("CancellationToken");
        (await Should.ThrowAsync<ArgumentException>(async () => await _locks.ReleasefAsync($"k{maybe}"))).Message.ShouldContain("CancellationToken");
        (await Should.ThrowAsync<ArgumentException>(async () => await _locks.AcquirefAsync("k{0}", null!)))
            .Message.ShouldContain("Argument 0 of the key is null");
        (await Should.ThrowAsync<ArgumentException>(async () => await _locks.TryAcquirefAsync($"k{missing}")))
            .Message.ShouldContain("Argument 0 of the key is null");
        _locks.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("k", 1)]
    [InlineData("k{0}")]
    [InlineData("k{0}:{1}", 1)]
    [InlineData("k{1}", 1, 2)]
    [InlineData("k{0}", 1, 2)]
    public async Task A_wrong_number_of_arguments_is_refused(string format, params object[] arguments)
    {
        await Should.ThrowAsync<FormatException>(async () => await _locks.AcquirefAsync(format, arguments));
        await Should.ThrowAsync<FormatException>(async () => await _locks.AcquirefAsync(Options, Token, format, arguments));
        await Should.ThrowAsync<FormatException>(async () => await _locks.TryAcquirefAsync(format, arguments));
        await Should.ThrowAsync<FormatException>(async () => await _locks.TryAcquirefAsync(Options, Token, format, arguments));
        await Should.ThrowAsync<FormatException>(async () => await _locks.ReleasefAsync(format, arguments));
        await Should.ThrowAsync<FormatException>(async () => await _locks.ReleasefAsync(Token, format, arguments));
        _locks.Calls.ShouldBeEmpty();
    }

    private static void AddAcquire(CallShapes shapes)
    {
        const string acquire = nameof(IDistributedLock.AcquireAsync);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k{Number}"), "k-1.5");
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k{Number}", Token), "k-1.5", token: Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k{Number}", cancellationToken: Token), "k-1.5", token: Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k{Number}", Options), "k-1.5", Options);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k{Number}", Options, Token), "k-1.5", Options, Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k{Number}", null), "k-1.5");
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k{Number}", null, Token), "k-1.5", token: Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k{Number}", default, Token), "k-1.5", token: Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k{Number}", Wait), "k-1.5", TwoSeconds);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k{Number}", Wait, Token), "k-1.5", TwoSeconds, Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync(Options, Token, $"k{Number}"), "k-1.5", Options, Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync(null, Token, $"k{Number}"), "k-1.5", token: Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k{Number,8:F2}", Token), "k   -1.50", token: Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k", Token), "k", token: Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k{Literal}", Token), "kx", token: Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k", Wait, Token), "k", TwoSeconds, Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"k{await Task.FromResult(Number)}", Options, Token), "k-1.5", Options, Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync($"a{Number}" + $"b{Number}", Token), "a-1.5b-1.5", token: Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync("k{0}", Number), "k-1.5");
        shapes.Add(acquire, async locks => await locks.AcquirefAsync("k{0,8:F2}", Number), "k   -1.50");
        shapes.Add(acquire, async locks => await locks.AcquirefAsync("k"), "k");
        shapes.Add(acquire, async locks => await locks.AcquirefAsync(Literal), "x");
        shapes.Add(acquire, async locks => await locks.AcquirefAsync("{0}:{1}", Number, "x"), "-1.5:x");
        shapes.Add(acquire, async locks => await locks.AcquirefAsync("k{0}", Wait), "k00:00:02");
        shapes.Add(acquire, async locks => await locks.AcquirefAsync(Options, Token, "k{0}", Number), "k-1.5", Options, Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync(null, Token, "k{0}", Number), "k-1.5", token: Token);
        shapes.Add(acquire, async locks => await locks.AcquirefAsync(null, default, "k{0}", Number), "k-1.5");
        shapes.Add(acquire, async locks => await locks.AcquirefAsync(Options, Token, "k"), "k", Options, Token);
    }

    private static void AddTryAcquire(CallShapes shapes)
    {
        const string tryAcquire = nameof(IDistributedLock.TryAcquireAsync);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k{Number}"), "k-1.5");
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k{Number}", Token), "k-1.5", token: Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k{Number}", cancellationToken: Token), "k-1.5", token: Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k{Number}", Options), "k-1.5", Options);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k{Number}", Options, Token), "k-1.5", Options, Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k{Number}", null), "k-1.5");
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k{Number}", null, Token), "k-1.5", token: Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k{Number}", default, Token), "k-1.5", token: Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k{Number}", Wait), "k-1.5", TwoSeconds);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k{Number}", Wait, Token), "k-1.5", TwoSeconds, Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync(Options, Token, $"k{Number}"), "k-1.5", Options, Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync(null, Token, $"k{Number}"), "k-1.5", token: Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k{Number,8:F2}", Token), "k   -1.50", token: Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k", Token), "k", token: Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k{Literal}", Token), "kx", token: Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k", Wait, Token), "k", TwoSeconds, Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"k{await Task.FromResult(Number)}", Options, Token), "k-1.5", Options, Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync($"a{Number}" + $"b{Number}", Token), "a-1.5b-1.5", token: Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync("k{0}", Number), "k-1.5");
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync("k{0,8:F2}", Number), "k   -1.50");
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync("k"), "k");
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync(Literal), "x");
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync("{0}:{1}", Number, "x"), "-1.5:x");
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync("k{0}", Wait), "k00:00:02");
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync(Options, Token, "k{0}", Number), "k-1.5", Options, Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync(null, Token, "k{0}", Number), "k-1.5", token: Token);
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync(null, default, "k{0}", Number), "k-1.5");
        shapes.Add(tryAcquire, async locks => await locks.TryAcquirefAsync(Options, Token, "k"), "k", Options, Token);
    }

    private static void AddRelease(CallShapes shapes)
    {
        shapes.AddRelease(async locks => await locks.ReleasefAsync($"k{Number}"), "k-1.5");
        shapes.AddRelease(async locks => await locks.ReleasefAsync($"k{Number}", Token), "k-1.5", Token);
        shapes.AddRelease(async locks => await locks.ReleasefAsync(Token, $"k{Number}"), "k-1.5", Token);
        shapes.AddRelease(async locks => await locks.ReleasefAsync($"k", Token), "k", Token);
        shapes.AddRelease(async locks => await locks.ReleasefAsync($"k{Number,8:F2}", Token), "k   -1.50", Token);
        shapes.AddRelease(async locks => await locks.ReleasefAsync($"k{await Task.FromResult(Number)}", Token), "k-1.5", Token);
        shapes.AddRelease(async locks => await locks.ReleasefAsync("k{0}", Number), "k-1.5");
        shapes.AddRelease(async locks => await locks.ReleasefAsync("{0}:{1}", Number, "x"), "-1.5:x");
        shapes.AddRelease(async locks => await locks.ReleasefAsync("k"), "k");
        shapes.AddRelease(async locks => await locks.ReleasefAsync(Token, "k{0}", Number), "k-1.5", Token);
        shapes.AddRelease(async locks => await locks.ReleasefAsync(Token, "k"), "k", Token);
    }
}
