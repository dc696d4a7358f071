using OpenQA.Selenium;
using Key = OpenQA.Selenium.Keys;

namespace DistributedLocking.Samples.Tests.TicketShop;

/// <summary>The page in a browser.</summary>
[Collection<ShopGroup>]
public sealed class ShopPageTests(ShopFixture fixture)
{
    private const string Lock = "protection-seats-lock";

    private readonly Browser browser = fixture.Browser;

    [Fact]
    public async Task The_page_loads_without_a_word_in_the_console_and_says_what_is_running()
    {
        await OpenAsync();

        browser.Get("#facts").Text.ShouldContain("instance A, port ");
        browser.Get("#facts").Text.ShouldContain("lock in SQLite, 4 s to live");
        browser.GetAll("#map button").Count.ShouldBe(40);
        browser.TakeConsole().ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_of_the_page_comes_from_elsewhere()
    {
        await OpenAsync();

        var loaded = browser.Evaluate<IReadOnlyCollection<object>>("performance.getEntriesByType('resource').map(one => one.name)");

        loaded.Count.ShouldBeGreaterThan(5);
        loaded.Cast<string>().ShouldAllBe(name => name.StartsWith(fixture.Shop.Address.AbsoluteUri, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("none", true)]
    [InlineData("lock", false)]
    [InlineData("lockAndGuard", false)]
    public async Task A_run_shows_as_a_big_number_what_its_protection_is_worth(string protection, bool isBad)
    {
        await OpenAsync();
        browser.Click($"[for=protection-seats-{protection}]");
        browser.Click("#seats [data-run]");

        var result = await browser.WaitForAsync($"[data-result={protection}-plain].{(isBad ? "bad" : "good")}");

        result.FindElement(By.CssSelector(".big")).Text.ShouldStartWith(isBad ? "✘" : "✔ 0");
        result.Text.ShouldContain("sold twice");
        result.Text.ShouldContain("0 errors");
        browser.Get("#seats [data-verdict]").Text.ShouldStartWith(isBad ? "✘" : "✔ No seat was sold twice.");
        (browser.GetAll("#map .twice").Count > 0).ShouldBe(isBad);
        browser.GetAll("#map .twice").ShouldAllBe(seat => seat.GetAttribute("textContent")!.Contains("2×, sold 2 times, by ", StringComparison.Ordinal));
        browser.Get("#seats .events").Text.ShouldContain("sold the seat");
        browser.TakeConsole().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("lock", "✘ One seat was sold twice.")]
    [InlineData("lockAndGuard", "✔ No seat was sold twice. B woke up and wrote, and the guard refused it")]
    public async Task A_freeze_shows_what_only_the_guard_saves(string protection, string verdict)
    {
        await OpenAsync();
        browser.Click($"[for=protection-seats-{protection}]");
        browser.Click("#seats [data-freeze]");

        var result = await browser.WaitForAsync($"[data-result={protection}-frozen]:is(.bad, .good)");

        browser.Get("#seats [data-verdict]").Text.ShouldStartWith(verdict);
        result.Text.ShouldContain(protection is "lock" ? "✘ 1" : "1 refused");
        browser.Get("#seats .lane.b .ice").Displayed.ShouldBeTrue();
        var words = browser.Get("#seats .events").Text;
        words.ShouldContain("❄ froze, before its write");
        words.ShouldContain("learned that its lock was lost");
        browser.TakeConsole().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("none", false, "€130", "✘ 4 orders were paid twice: €130 are lost, and €130 are still open.")]
    [InlineData("lock", false, "€0", "✔ No money was lost.")]
    [InlineData("lock", true, "€130", "✘ 4 orders were paid twice: €130 are lost, and €130 are still open. B woke up")]
    [InlineData("lockAndGuard", true, "€0", "✔ No money was lost. The guard refused B’s late payment")]
    public async Task Payments_show_the_money_that_is_lost(string protection, bool freeze, string lost, string verdict)
    {
        await OpenAsync();
        browser.Click("#tab-payments");
        browser.Click($"[for=protection-payments-{protection}]");
        browser.Click(freeze ? "#payments [data-freeze]" : "#payments [data-run]");

        var result = await browser.WaitForAsync($"#payments [data-result={protection}-{(freeze ? "frozen" : "plain")}]:is(.bad, .good)");

        result.Text.ShouldContain(lost);
        browser.Get("#payments [data-verdict]").Text.ShouldStartWith(verdict);
        browser.GetAll("#orders li").Count.ShouldBe(8);
        browser.GetAll("#orders .twice").Count.ShouldBe(lost is "€0" ? 0 : 4);
        browser.TakeConsole().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("5000", "5,000 buyers are too many. Choose 2 to 200.")]
    [InlineData("1", "1 buyers are too few. Choose 2 to 200.")]
    [InlineData("many", "The number of buyers must be a whole number.")]
    [InlineData("", "The number of buyers must be a whole number.")]
    public async Task Bad_input_gets_the_servers_message_beside_its_field(string buyers, string message)
    {
        await OpenAsync();
        var field = browser.Get("#buyers");
        field.Clear();
        field.SendKeys(buyers + Key.Enter);

        (await browser.WaitForAsync("#buyers-error")).Text.ShouldBe(message);

        field.GetAttribute("aria-invalid").ShouldBe("true");
        field.GetAttribute("aria-describedby")!.ShouldContain("buyers-error");
        browser.Focused.ShouldBe(field);
    }

    [Fact]
    public async Task A_button_shows_what_bad_input_does_and_good_input_ends_the_message()
    {
        await OpenAsync();
        browser.Click("[data-bad]");
        (await browser.WaitForAsync("#buyers-error")).Text.ShouldStartWith("5,000 buyers are too many.");

        var field = browser.Get("#buyers");
        field.Clear();
        field.SendKeys("2" + Key.Enter);
        await browser.WaitForAsync("[data-result=none-plain]:is(.bad, .good)");

        browser.Get("#buyers-error").Displayed.ShouldBeFalse();
        field.GetAttribute("aria-invalid").ShouldBeNull();
    }

    [Fact]
    public async Task Everything_can_be_done_with_the_keyboard()
    {
        await OpenAsync();
        TabTo("tab-seats");
        TabTo("protection-seats-none");
        browser.Type(Key.ArrowDown);
        browser.Focused.GetAttribute("id").ShouldBe(Lock);
        TabTo("buyers");
        browser.Type("4");
        browser.Type(Key.Tab);
        browser.Focused.Text.ShouldBe("Let buyers loose");
        browser.Type(Key.Enter);
        await browser.WaitForAsync("[data-result=lock-plain].good");
        browser.Focused.Text.ShouldBe("Let buyers loose");

        browser.Get("#tab-seats").SendKeys(Key.ArrowRight);

        browser.Focused.GetAttribute("id").ShouldBe("tab-payments");
        browser.Get("#payments").Displayed.ShouldBeTrue();
        browser.Get("#seats").Displayed.ShouldBeFalse();
    }

    [Theory]
    [InlineData(375, 812)]
    [InlineData(320, 640)]
    public async Task A_phone_has_nothing_to_scroll_sideways(int width, int height)
    {
        await OpenAsync(width, height);
        browser.Click("#seats [data-run]");
        await browser.WaitForAsync("[data-result=none-plain]:is(.bad, .good)");
        Overflow().ShouldBe(0);
        browser.FindAccessibilityViolations().ShouldBeEmpty();

        browser.Click("#tab-payments");
        browser.Click("#payments [data-run]");
        await browser.WaitForAsync("#payments [data-result=none-plain]:is(.bad, .good)");
        Overflow().ShouldBe(0);
        browser.FindAccessibilityViolations().ShouldBeEmpty();
    }

    [Fact]
    public async Task Axe_finds_nothing_before_a_run_after_one_and_with_bad_input()
    {
        await OpenAsync();
        browser.FindAccessibilityViolations().ShouldBeEmpty();

        browser.Click($"[for={Lock}]");
        browser.Click("#seats [data-freeze]");
        await browser.WaitForAsync("[data-result=lock-frozen].bad");
        browser.FindAccessibilityViolations().ShouldBeEmpty();

        browser.Click("[data-bad]");
        await browser.WaitForAsync("#buyers-error");
        browser.FindAccessibilityViolations().ShouldBeEmpty();
    }

    private Task OpenAsync(int width = 1280, int height = 1000) => browser.OpenAsync(fixture.Shop.Address, width, height);

    private long Overflow() => browser.Evaluate<long>("document.documentElement.scrollWidth - document.documentElement.clientWidth");

    private void TabTo(string id)
    {
        browser.Type(Key.Tab);
        browser.Focused.GetAttribute("id").ShouldBe(id);
    }
}
