using DistributedLocking.Configuration;
using DistributedLocking.Providers;
using DistributedLocking.Testing;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Configuration;

public sealed class OptionRulesTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    public static TheoryData<DistributedLockOptions> Good => new()
    {
        new DistributedLockOptions(),
        new DistributedLockOptions { TimeToLive = Shortest, RenewalInterval = Shortest - Tick, MaxHoldTime = Tick, KeyPrefix = "" },
        new DistributedLockOptions { TimeToLive = Longest, RenewalInterval = TimeSpan.FromMilliseconds(1), MaxHoldTime = Longest, Retry = RetryPolicy.None },
    };

    [Theory]
    [MemberData(nameof(Good), DisableDiscoveryEnumeration = true)]
    public void Options_within_their_ranges_pass(DistributedLockOptions options) => OptionRules.Check(options).ShouldBeEmpty();

    public static TheoryData<string, DistributedLockOptions> Bad => new()
    {
        { "TimeToLive 00:00:00.0099999 must be from 00:00:00.0100000 to 24.00:00:00.", new() { TimeToLive = Shortest - Tick } },
        { "TimeToLive 24.00:00:00.0000001 must be from 00:00:00.0100000 to 24.00:00:00.", new() { TimeToLive = Longest + Tick } },
        { "Retry must not be null; RetryPolicy.None means no retry.", new() { Retry = null! } },
        { "RenewalInterval 00:00:00 must be at least 00:00:00.0010000.", new() { RenewalInterval = TimeSpan.Zero } },
        { "RenewalInterval 00:01:00 must be shorter than TimeToLive 00:01:00.", new() { RenewalInterval = TimeSpan.FromMinutes(1) } },
        { "MaxHoldTime 00:00:00 must be positive and at most 24.00:00:00.", new() { MaxHoldTime = TimeSpan.Zero } },
        { "MaxHoldTime 24.00:00:00.0000001 must be positive and at most 24.00:00:00.", new() { MaxHoldTime = Longest + Tick } },
        { "HandOverTime -00:00:00.0000001 must be from zero to 00:00:10.", new() { HandOverTime = -Tick } },
        { "HandOverTime 00:00:10.0000001 must be from zero to 00:00:10.", new() { HandOverTime = TimeSpan.FromSeconds(10) + Tick } },
        { "KeyPrefix must be well-formed UTF-16 and not null; it may be empty.", new() { KeyPrefix = null! } },
        { "KeyPrefix must be well-formed UTF-16 and not null; it may be empty.", new() { KeyPrefix = "\uD83D" } },
        { "Name must not be blank; null means none.", new() { Name = " " } },
    };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_its_range_is_told_with_its_value(string failure, DistributedLockOptions options) =>
        OptionRules.Check(options).ShouldBe([failure]);

    [Fact]
    public void The_options_of_a_call_within_their_ranges_pass()
    {
        Should.NotThrow(() => OptionRules.Check((AcquireOptions?)null));
        Should.NotThrow(() => OptionRules.Check(new AcquireOptions()));
        Should.NotThrow(() => OptionRules.Check(new AcquireOptions { TimeToLive = Shortest, WaitTimeout = TimeSpan.Zero, MaxHoldTime = Tick }));
        Should.NotThrow(() => OptionRules.Check(new AcquireOptions { TimeToLive = Longest, WaitTimeout = TimeSpan.MaxValue, MaxHoldTime = Longest }));
        Should.NotThrow(() => OptionRules.Check(new AcquireOptions { WaitTimeout = Timeout.InfiniteTimeSpan }));
    }

    public static TheoryData<string, AcquireOptions> BadCalls => new()
    {
        { "AcquireOptions.TimeToLive 00:00:00.0099999 must be", new() { TimeToLive = Shortest - Tick } },
        { "AcquireOptions.TimeToLive 24.00:00:00.0000001 must be", new() { TimeToLive = Longest + Tick } },
        { "AcquireOptions.WaitTimeout -00:00:00.0000001 must be", new() { WaitTimeout = -Tick } },
        { "AcquireOptions.WaitTimeout -00:00:00.0010001 must be", new() { WaitTimeout = Timeout.InfiniteTimeSpan - Tick } },
        { "AcquireOptions.MaxHoldTime 00:00:00 must be", new() { MaxHoldTime = TimeSpan.Zero } },
        { "AcquireOptions.MaxHoldTime 24.00:00:00.0000001 must be", new() { MaxHoldTime = Longest + Tick } },
    };

    [Theory]
    [MemberData(nameof(BadCalls), DisableDiscoveryEnumeration = true)]
    public void An_option_of_a_call_out_of_its_range_is_refused_by_name_and_value(string start, AcquireOptions options)
    {
        var error = Should.Throw<ArgumentOutOfRangeException>(() => OptionRules.Check(options));

        error.ParamName.ShouldBe("options");
        error.Message.ShouldStartWith(start);
    }

    [Fact]
    public void The_validator_adds_the_providers_own_failures_to_the_common_ones()
    {
        var result = new StoreValidator().Validate(name: null, new StoreOptions { TimeToLive = TimeSpan.Zero, Store = "" });

        result.Failed.ShouldBeTrue();
        result.Failures!.ShouldBe(["StoreOptions.TimeToLive 00:00:00 must be from 00:00:00.0100000 to 24.00:00:00.", "StoreOptions.Store must not be empty."]);
        new StoreValidator().Validate(name: null, new StoreOptions()).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public void A_lock_that_is_made_by_hand_names_the_class_of_its_options() =>
        Should.Throw<ArgumentException>(() => new DistributedLock(new ScriptedProvider(new ManualTimeProvider()), new StoreOptions { TimeToLive = TimeSpan.Zero }))
            .Message.ShouldStartWith("StoreOptions.TimeToLive 00:00:00 must be");

    [Fact]
    public void The_validator_names_the_options_that_have_a_name() =>
        new StoreValidator().Validate("orders", new StoreOptions { Store = "" }).Failures!.ShouldBe(["'orders': StoreOptions.Store must not be empty."]);

    private sealed class StoreOptions : DistributedLockOptions
    {
        public string Store { get; set; } = "store";
    }

    private sealed class StoreValidator : LockOptionsValidator<StoreOptions>
    {
        protected override void AddFailures(StoreOptions options, ICollection<string> failures)
        {
            if (options.Store.Length == 0)
            {
                failures.Add("Store must not be empty.");
            }
        }
    }
}
