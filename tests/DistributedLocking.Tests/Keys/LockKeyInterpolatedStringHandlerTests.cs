using DistributedLocking.Keys;
using DistributedLocking.Tests.Extensions;

namespace DistributedLocking.Tests.Keys;

public sealed class LockKeyInterpolatedStringHandlerTests
{
    private sealed record OrderId(int Number, DateOnly Day);

    [Theory]
    [MemberData(nameof(Cultures.Names), MemberType = typeof(Cultures))]
    public async Task Holes_of_any_kind_are_formatted_in_the_invariant_culture(string culture)
    {
        using var scope = Cultures.Use(culture);
        var number = -1234.5;
        int? maybe = -7;

        Key($"plain").ShouldBe("plain");
        Key($"{{{number}}}").ShouldBe("{-1234.5}");
        Key($"{number,10}|{number,-10}|{number:N1}|{number,10:F2}").ShouldBe("   -1234.5|-1234.5   |-1,234.5|  -1234.50");
        Key($"{maybe}:{'c'}:{true}:{DayOfWeek.Friday}:{"text",6}").ShouldBe("-7:c:True:Friday:  text");
        Key($"{new DateTime(2026, 2, 1, 13, 4, 5, DateTimeKind.Utc)}:{TimeSpan.FromSeconds(1.5):g}").ShouldBe("02/01/2026 13:04:05:0:00:01.5");
        Key($"{"span".AsSpan(1)}:{"span".AsSpan(),6}").ShouldBe("pan:  span");
        Key($"{await Task.FromResult(number)}:{await Task.FromResult("x")}").ShouldBe("-1234.5:x");
        Key($"a{$"b{number}"}|{$"c{number}",9}").ShouldBe("ab-1234.5| c-1234.5");
        Key($"a{number}" + $"b{number}").ShouldBe("a-1234.5b-1234.5");
    }

    [Theory]
    [MemberData(nameof(Cultures.Names), MemberType = typeof(Cultures))]
    public void Types_that_take_the_threads_culture_are_formatted_in_the_invariant_one_too(string culture)
    {
        using var scope = Cultures.Use(culture);

        Key($"{(-1.5, 2)}").ShouldBe("(-1.5, 2)");
        Key($"{new OrderId(-5, new DateOnly(2026, 2, 1))}").ShouldBe("OrderId { Number = -5, Day = 02/01/2026 }");
        Cultures.IsInUse(culture).ShouldBeTrue("the thread gets its culture back");
    }

    [Fact]
    public void A_null_hole_is_refused_by_its_position()
    {
        string? missing = null;
        int? absent = null;

        Should.Throw<ArgumentException>(() => Key($"k{missing}")).Message.ShouldContain("Argument 0 of the key is null");
        Should.Throw<ArgumentException>(() => Key($"{1}{"x".AsSpan()}{absent:D3}")).Message.ShouldContain("Argument 2 of the key is null");
        Key($"k{""}").ShouldBe("k", "an empty text is a value");
    }

    [Fact]
    public void Options_tokens_and_tasks_are_refused()
    {
        CancellationToken? token = CancellationToken.None;

        Should.Throw<ArgumentException>(() => Key($"k{new AcquireOptions()}")).Message.ShouldContain("AcquireOptions");
        Should.Throw<ArgumentException>(() => Key($"k{CancellationToken.None}")).Message.ShouldContain("CancellationToken");
        Should.Throw<ArgumentException>(() => Key($"k{token}")).Message.ShouldContain("CancellationToken");
        Should.Throw<ArgumentException>(() => Key($"k{Task.FromResult(1)}")).Message.ShouldContain("await");
    }

    [Fact]
    public void A_handler_without_a_string_is_an_empty_key() => default(LockKeyInterpolatedStringHandler).GetKey().ShouldBe("");

    private static string Key(ref LockKeyInterpolatedStringHandler key) => key.GetKey();
}
