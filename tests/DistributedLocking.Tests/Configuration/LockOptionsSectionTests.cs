using DistributedLocking.Providers;
using DistributedLocking.Tests.Extensions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Tests.Configuration;

public sealed class LockOptionsSectionTests
{
    [Theory]
    [InlineData("odd")]
    [InlineData("ar-SA")]
    public void The_common_options_are_read_in_any_culture(string culture)
    {
        using var scope = Cultures.Use(culture);
        var options = new DistributedLockOptions();

        Bind(options, ("TimeToLive", "1.5m"), ("retry", "exponential 50ms..5s x30"), ("AutoRenew", "False"), ("RENEWALINTERVAL", "00:00:05"),
            ("MaxHoldTime", "2h"), ("KeyPrefix", ""), ("Name", "orders"), ("RevealKeys", "true"));

        options.TimeToLive.ShouldBe(TimeSpan.FromSeconds(90));
        options.Retry.ShouldBe(RetryPolicy.Exponential(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5), 30));
        options.AutoRenew.ShouldBeFalse();
        options.RenewalInterval.ShouldBe(TimeSpan.FromSeconds(5));
        options.MaxHoldTime.ShouldBe(TimeSpan.FromHours(2));
        options.KeyPrefix.ShouldBe("");
        options.Name.ShouldBe("orders");
        options.RevealKeys.ShouldBeTrue();
    }

    [Fact]
    public void What_is_absent_or_null_keeps_its_value()
    {
        var options = new DistributedLockOptions { TimeToLive = TimeSpan.FromSeconds(7), KeyPrefix = "mine:" };

        Bind(options, ("TimeToLive", null), ("Retry", null), ("MaxHoldTime", null));

        options.TimeToLive.ShouldBe(TimeSpan.FromSeconds(7));
        options.KeyPrefix.ShouldBe("mine:");
        options.Retry.ShouldBe(RetryPolicy.Fixed(TimeSpan.FromMilliseconds(250), 20));
        options.MaxHoldTime.ShouldBeNull();
    }

    [Fact]
    public void A_section_that_is_not_there_keeps_the_defaults() => Should.NotThrow(() => Bind(new DistributedLockOptions()));

    [Theory]
    [InlineData("TimeToLve", "1m", "'Locks:TimeToLve' is not a known option of DistributedLockOptions. Known are: AutoRenew, HandOverTime, KeyPrefix,")]
    [InlineData("Extra:Deep", "1", "'Locks:Extra' is not a known option of DistributedLockOptions.")]
    [InlineData("TimeToLive", "soon", "'Locks:TimeToLive' has the value 'soon', which is not a duration")]
    [InlineData("TimeToLive", "60", "'Locks:TimeToLive' has the value '60', which is not a duration")]
    [InlineData("TimeToLive", "", "'Locks:TimeToLive' has the value '', which is not a duration")]
    [InlineData("TimeToLive", "99999999999d", "'Locks:TimeToLive' has the value '99999999999d', which is not a duration")]
    [InlineData("AutoRenew", "yes", "'Locks:AutoRenew' has the value 'yes', which is not true or false.")]
    [InlineData("Retry", "fixed 250ms", "'Locks:Retry' has the value 'fixed 250ms', which is not a retry policy such as 'fixed 250ms x20'.")]
    [InlineData("Retry", "forever 25d", "must be less than or equal to '24.00:00:00'")]
    [InlineData("Retry:Interval", "250ms", "'Locks:Retry' is a section or a list, which is not a retry policy")]
    [InlineData("TimeToLive:0", "1m", "'Locks:TimeToLive' is a section or a list, which is not a duration")]
    public void A_bad_key_or_value_names_itself(string key, string value, string message) =>
        Failures((key, value)).ShouldHaveSingleItem().ShouldContain(message);

    [Fact]
    public void All_failures_are_told_at_once() =>
        Failures(("TimeToLive", "soon"), ("Retry", "often"), ("Colour", "red")).Count.ShouldBe(3);

    [Fact]
    public void A_value_in_place_of_the_section_is_refused_and_not_shown()
    {
        var configuration = Configuration(("Locks", "localhost:6379,password=secret"));
        var reader = new LockOptionsSection(configuration.GetSection("Locks"));

        var error = Should.Throw<OptionsValidationException>(() => reader.Complete(typeof(DistributedLockOptions)));

        error.Message.ShouldBe("'Locks' has a value where a section with options is expected.");
    }

    [Fact]
    public void A_text_is_never_shown()
    {
        var reader = new LockOptionsSection(Configuration(("Locks:Configuration", "password=secret")).GetSection("Locks"));

        reader.ReadText("Configuration", text => throw new FormatException("bad", new FormatException(text)));

        var error = Should.Throw<OptionsValidationException>(() => reader.Complete(typeof(DistributedLockOptions)));
        error.Message.ShouldBe("'Locks:Configuration' has a value, which is not a text that the option takes.");
    }

    [Theory]
    [InlineData("-1", -1)]
    [InlineData("2147483647", int.MaxValue)]
    public void Whole_numbers_are_read(string text, int expected)
    {
        var reader = new LockOptionsSection(Configuration(("Locks:Database", text)).GetSection("Locks"));
        int? read = null;

        reader.ReadInt32("Database", value => read = value);
        reader.Complete(typeof(DistributedLockOptions));

        read.ShouldBe(expected);
    }

    [Theory]
    [InlineData("one")]
    [InlineData("1.5")]
    [InlineData("1,000")]
    [InlineData("2147483648")]
    [InlineData("")]
    public void What_is_no_whole_number_is_refused(string text)
    {
        var reader = new LockOptionsSection(Configuration(("Locks:Database", text)).GetSection("Locks"));

        reader.ReadInt32("Database", _ => Assert.Fail("there is no number"));

        Should.Throw<OptionsValidationException>(() => reader.Complete(typeof(DistributedLockOptions)))
            .Message.ShouldBe($"'Locks:Database' has the value '{text}', which is not a whole number.");
    }

    [Fact]
    public void The_error_carries_the_type_and_the_name_of_the_options()
    {
        var reader = new LockOptionsSection(Configuration(("a:b:Colour", "red")).GetSection("a:b"));

        var error = Should.Throw<OptionsValidationException>(() => reader.Complete(typeof(DistributedLockOptions), "orders"));

        error.OptionsType.ShouldBe(typeof(DistributedLockOptions));
        error.OptionsName.ShouldBe("orders");
        error.Message.ShouldContain("'a:b:Colour'");
    }

    [Fact]
    public void The_root_of_a_configuration_is_a_section_too()
    {
        var options = new DistributedLockOptions();
        var reader = new LockOptionsSection(Configuration(("TimeToLive", "7s"), ("Colour", "red")));

        reader.ReadCommon(options);

        Should.Throw<OptionsValidationException>(() => reader.Complete(typeof(DistributedLockOptions)))
            .Failures.ShouldHaveSingleItem().ShouldStartWith("'Colour'");
        options.TimeToLive.ShouldBe(TimeSpan.FromSeconds(7));
    }

    private static IReadOnlyCollection<string> Failures(params (string Key, string? Value)[] values) =>
        [.. Should.Throw<OptionsValidationException>(() => Bind(new DistributedLockOptions(), values)).Failures];

    private static void Bind(DistributedLockOptions options, params (string Key, string? Value)[] values)
    {
        var reader = new LockOptionsSection(Configuration([.. values.Select(value => ("Locks:" + value.Key, value.Value))]).GetSection("Locks"));
        reader.ReadCommon(options);
        reader.Complete(options.GetType());
    }

    private static IConfigurationRoot Configuration(params (string Key, string? Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(value => KeyValuePair.Create(value.Key, value.Value))).Build();
}
