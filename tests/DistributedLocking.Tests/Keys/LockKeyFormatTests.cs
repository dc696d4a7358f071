using System.Globalization;
using DistributedLocking.Keys;
using DistributedLocking.Tests.Extensions;
using FsCheck;
using FsCheck.Fluent;

namespace DistributedLocking.Tests.Keys;

public sealed class LockKeyFormatTests
{
    [Theory]
    [InlineData("{0}", "{1} for argument 1", 1, 2)]
    [InlineData("k", "{0} for argument 0", 1)]
    [InlineData("{1}", "{0} for argument 0", 1, 2)]
    [InlineData("{{0}} {{{1}}}", "{0} for argument 0", 1, 2)]
    [InlineData("{0}{2}", "{1} for argument 1", 1, 2, 3)]
    [InlineData("{0}{1}", "{1}, but the number of arguments is 1", 1)]
    [InlineData("{0}", "{0}, but the number of arguments is 0")]
    [InlineData("{11}{0}", "{11}, but the number of arguments is 2", 1, 2)]
    public void Placeholders_that_do_not_match_the_arguments_are_named(string format, string message, params object[] arguments) =>
        Should.Throw<FormatException>(() => LockKeyFormat.Format(format, arguments)).Message.ShouldContain(message);

    [Theory]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("{0")]
    [InlineData("{x}")]
    [InlineData("{0:{{}")]
    [InlineData("{0:{1}}")]
    public void A_malformed_format_is_refused(string format) => Should.Throw<FormatException>(() => LockKeyFormat.Format(format, [1]));

    [Theory]
    [InlineData("k", "k")]
    [InlineData("{{k}}", "{k}")]
    [InlineData("{0}:{1}", "1:2", 1, 2)]
    [InlineData("{1}:{0}", "2:1", 1, 2)]
    [InlineData("{0}:{0}", "1:1", 1)]
    [InlineData("{{{0}}}", "{1}", 1)]
    [InlineData("{{0}}{0}", "{0}1", 1)]
    [InlineData("{0,5:D3}|{1,-3}|", "  001|2  |", 1, 2)]
    [InlineData("{0 ,4}", "   1", 1)]
    [InlineData("{10}{9}{8}{7}{6}{5}{4}{3}{2}{1}{0}", "109876543210", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)]
    public void Formats(string format, string expected, params object[] arguments) => LockKeyFormat.Format(format, arguments).ShouldBe(expected);

    [Fact]
    public void An_array_of_the_callers_is_not_changed()
    {
        object?[] arguments = [true, (1, 2)];

        LockKeyFormat.Format("{0}{1}", arguments).ShouldBe("True(1, 2)");
        arguments.ShouldBe([true, (1, 2)]);
    }

    [Fact]
    public void Null_is_refused()
    {
        Should.Throw<ArgumentNullException>(() => LockKeyFormat.Format(null!, [])).ParamName.ShouldBe("format");
        Should.Throw<ArgumentException>(() => LockKeyFormat.Format("{0}", null)).Message.ShouldContain("Argument 0 of the key is null");
        Should.Throw<ArgumentException>(() => LockKeyFormat.Format("{0}{1}", [1, null])).Message.ShouldContain("Argument 1 of the key is null");
    }

    [Fact]
    public void Options_tokens_and_tasks_are_refused()
    {
        CancellationToken? token = CancellationToken.None;
        foreach (var argument in new object[] { new AcquireOptions(), CancellationToken.None, token, Task.FromResult(1) })
        {
            Should.Throw<ArgumentException>(() => LockKeyFormat.Format("{0}{1}", [1, argument])).Message.ShouldContain("Argument 1 of the key");
        }
    }

    [Theory]
    [MemberData(nameof(Cultures.Names), MemberType = typeof(Cultures))]
    public void Any_numbers_make_the_text_of_the_invariant_culture(string culture)
    {
        using var scope = Cultures.Use(culture);
        Prop.ForAll(ArbMap.Default.ArbFor<double>(), ArbMap.Default.ArbFor<long>(), ArbMap.Default.ArbFor<DateTime>(), (number, whole, time) =>
        {
            LockKeyInterpolatedStringHandler interpolated = $"{number}:{whole,9:N0}:{time}:{(number, whole)}";
            var expected = Invariant(() => string.Create(CultureInfo.InvariantCulture, $"{number}:{whole,9:N0}:{time}:{(number, whole)}"));
            LockKeyFormat.Format("{0}:{1,9:N0}:{2}:{3}", [number, whole, time, (number, whole)]).ShouldBe(expected);
            interpolated.GetKey().ShouldBe(expected);
        }).QuickCheckThrowOnFailure();
    }

    private static string Invariant(Func<string> make)
    {
        using var scope = Cultures.Use("");
        return make();
    }
}
