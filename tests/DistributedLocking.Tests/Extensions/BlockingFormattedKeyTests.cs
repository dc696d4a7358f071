namespace DistributedLocking.Tests.Extensions;

public sealed class BlockingFormattedKeyTests
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
    public void What_is_no_part_of_a_key_is_refused()
    {
        CancellationToken? maybe = Token;
        string? missing = null;

        Should.Throw<ArgumentException>(() => _locks.Acquiref("k{0}", Token)).Message.ShouldContain("CancellationToken");
        Should.Throw<ArgumentException>(() => _locks.Acquiref("k{0}", Options)).Message.ShouldContain("AcquireOptions");
        Should.Throw<ArgumentException>(() => _locks.Acquiref("k{0}{1}{2}", 1, Options, Token))
            .Message.ShouldContain("Argument 1 of the key is of type AcquireOptions");
        Should.Throw<ArgumentException>(() => _locks.Acquiref(Options, Token, "k{0}", Token)).Message.ShouldContain("CancellationToken");
        Should.Throw<ArgumentException>(() => _locks.Acquiref("k{0}", maybe)).Message.ShouldContain("CancellationToken");
        Should.Throw<ArgumentException>(() => _locks.Acquiref($"k{Token}")).Message.ShouldContain("CancellationToken");
        Should.Throw<ArgumentException>(() => _locks.Acquiref($"k{Number}", Token, 1)).Message.ShouldContain("CancellationToken");
        Should.Throw<ArgumentException>(() => _locks.TryAcquiref("k{0}", Token)).Message.ShouldContain("CancellationToken");
        Should.Throw<ArgumentException>(() => _locks.TryAcquiref($"k{Options}")).Message.ShouldContain("AcquireOptions");
        Should.Throw<ArgumentException>(() => _locks.Releasef("k{0}", Token)).Message.ShouldContain("CancellationToken");
        Should.Throw<ArgumentException>(() => _locks.Releasef($"k{maybe}")).Message.ShouldContain("CancellationToken");
        Should.Throw<ArgumentException>(() => _locks.Acquiref("k{0}", null!)).Message.ShouldContain("Argument 0 of the key is null");
        Should.Throw<ArgumentException>(() => _locks.TryAcquiref($"k{missing}")).Message.ShouldContain("Argument 0 of the key is null");
        _locks.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("k", 1)]
    [InlineData("k{0}")]
    [InlineData("k{0}:{1}", 1)]
    [InlineData("k{1}", 1, 2)]
    [InlineData("k{0}", 1, 2)]
    public void A_wrong_number_of_arguments_is_refused(string format, params object[] arguments)
    {
        Should.Throw<FormatException>(() => _locks.Acquiref(format, arguments));
        Should.Throw<FormatException>(() => _locks.Acquiref(Options, Token, format, arguments));
        Should.Throw<FormatException>(() => _locks.TryAcquiref(format, arguments));
        Should.Throw<FormatException>(() => _locks.TryAcquiref(Options, Token, format, arguments));
        Should.Throw<FormatException>(() => _locks.Releasef(format, arguments));
        Should.Throw<FormatException>(() => _locks.Releasef(Token, format, arguments));
        _locks.Calls.ShouldBeEmpty();
    }

    private static void AddAcquire(CallShapes shapes)
    {
        const string acquire = nameof(IDistributedLock.AcquireAsync);
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"k{Number}"), "k-1.5");
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"k{Number}", Token), "k-1.5", token: Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"k{Number}", cancellationToken: Token), "k-1.5", token: Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"k{Number}", Options), "k-1.5", Options);
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"k{Number}", Options, Token), "k-1.5", Options, Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"k{Number}", null), "k-1.5");
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"k{Number}", null, Token), "k-1.5", token: Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"k{Number}", default, Token), "k-1.5", token: Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"k{Number}", Wait), "k-1.5", TwoSeconds);
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"k{Number}", Wait, Token), "k-1.5", TwoSeconds, Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref(Options, Token, $"k{Number}"), "k-1.5", Options, Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref(null, Token, $"k{Number}"), "k-1.5", token: Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"k{Number,8:F2}", Token), "k   -1.50", token: Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"k", Token), "k", token: Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"k{Literal}", Token), "kx", token: Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"k", Wait, Token), "k", TwoSeconds, Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref($"a{Number}" + $"b{Number}", Token), "a-1.5b-1.5", token: Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref("k{0}", Number), "k-1.5");
        shapes.AddBlocking(acquire, locks => locks.Acquiref("k{0,8:F2}", Number), "k   -1.50");
        shapes.AddBlocking(acquire, locks => locks.Acquiref("k"), "k");
        shapes.AddBlocking(acquire, locks => locks.Acquiref(Literal), "x");
        shapes.AddBlocking(acquire, locks => locks.Acquiref("{0}:{1}", Number, "x"), "-1.5:x");
        shapes.AddBlocking(acquire, locks => locks.Acquiref("k{0}", Wait), "k00:00:02");
        shapes.AddBlocking(acquire, locks => locks.Acquiref(Options, Token, "k{0}", Number), "k-1.5", Options, Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref(null, Token, "k{0}", Number), "k-1.5", token: Token);
        shapes.AddBlocking(acquire, locks => locks.Acquiref(null, default, "k{0}", Number), "k-1.5");
        shapes.AddBlocking(acquire, locks => locks.Acquiref(Options, Token, "k"), "k", Options, Token);
    }

    private static void AddTryAcquire(CallShapes shapes)
    {
        const string tryAcquire = nameof(IDistributedLock.TryAcquireAsync);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"k{Number}"), "k-1.5");
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"k{Number}", Token), "k-1.5", token: Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"k{Number}", cancellationToken: Token), "k-1.5", token: Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"k{Number}", Options), "k-1.5", Options);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"k{Number}", Options, Token), "k-1.5", Options, Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"k{Number}", null), "k-1.5");
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"k{Number}", null, Token), "k-1.5", token: Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"k{Number}", default, Token), "k-1.5", token: Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"k{Number}", Wait), "k-1.5", TwoSeconds);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"k{Number}", Wait, Token), "k-1.5", TwoSeconds, Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref(Options, Token, $"k{Number}"), "k-1.5", Options, Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref(null, Token, $"k{Number}"), "k-1.5", token: Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"k{Number,8:F2}", Token), "k   -1.50", token: Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"k", Token), "k", token: Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"k{Literal}", Token), "kx", token: Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"k", Wait, Token), "k", TwoSeconds, Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref($"a{Number}" + $"b{Number}", Token), "a-1.5b-1.5", token: Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref("k{0}", Number), "k-1.5");
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref("k{0,8:F2}", Number), "k   -1.50");
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref("k"), "k");
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref(Literal), "x");
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref("{0}:{1}", Number, "x"), "-1.5:x");
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref("k{0}", Wait), "k00:00:02");
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref(Options, Token, "k{0}", Number), "k-1.5", Options, Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref(null, Token, "k{0}", Number), "k-1.5", token: Token);
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref(null, default, "k{0}", Number), "k-1.5");
        shapes.AddBlocking(tryAcquire, locks => locks.TryAcquiref(Options, Token, "k"), "k", Options, Token);
    }

    private static void AddRelease(CallShapes shapes)
    {
        shapes.AddBlockingRelease(locks => locks.Releasef($"k{Number}"), "k-1.5");
        shapes.AddBlockingRelease(locks => locks.Releasef($"k{Number}", Token), "k-1.5", Token);
        shapes.AddBlockingRelease(locks => locks.Releasef(Token, $"k{Number}"), "k-1.5", Token);
        shapes.AddBlockingRelease(locks => locks.Releasef($"k", Token), "k", Token);
        shapes.AddBlockingRelease(locks => locks.Releasef($"k{Number,8:F2}", Token), "k   -1.50", Token);
        shapes.AddBlockingRelease(locks => locks.Releasef("k{0}", Number), "k-1.5");
        shapes.AddBlockingRelease(locks => locks.Releasef("{0}:{1}", Number, "x"), "-1.5:x");
        shapes.AddBlockingRelease(locks => locks.Releasef("k"), "k");
        shapes.AddBlockingRelease(locks => locks.Releasef(Token, "k{0}", Number), "k-1.5", Token);
        shapes.AddBlockingRelease(locks => locks.Releasef(Token, "k"), "k", Token);
    }
}
