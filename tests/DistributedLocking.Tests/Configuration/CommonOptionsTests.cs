using System.Reflection;
using DistributedLocking.Configuration;
using DistributedLocking.Providers;
using Microsoft.Extensions.Configuration;

namespace DistributedLocking.Tests.Configuration;

/// <summary>
/// A common option has four places: its property, its line in <see cref="LockOptionsSection.ReadCommon"/>, its range in
/// <see cref="OptionRules"/>, and its row in the guide, which the tests of the documents look for. These say which one
/// was forgotten.
/// </summary>
public sealed class CommonOptionsTests
{
    /// <summary>
    /// Each option's texts: one that is right and not the default, and one that is out of its range; null where none
    /// is.
    /// </summary>
    private static readonly Dictionary<string, (string Right, string? Wrong)> Values = new(StringComparer.Ordinal)
    {
        [nameof(DistributedLockOptions.TimeToLive)] = ("45s", "1ms"),
        [nameof(DistributedLockOptions.Retry)] = ("fixed 10ms x3", null),
        [nameof(DistributedLockOptions.AutoRenew)] = ("false", null),
        [nameof(DistributedLockOptions.RenewalInterval)] = ("5s", "0s"),
        [nameof(DistributedLockOptions.MaxHoldTime)] = ("1h", "0s"),
        [nameof(DistributedLockOptions.HandOverTime)] = ("20ms", "11s"),
        [nameof(DistributedLockOptions.KeyPrefix)] = ("shop:", "\ud800"),
        [nameof(DistributedLockOptions.Name)] = ("orders", " "),
        [nameof(DistributedLockOptions.RevealKeys)] = ("true", null),
    };

    public static TheoryData<string> Names => [.. Properties.Select(property => property.Name)];

    private static IEnumerable<PropertyInfo> Properties => typeof(DistributedLockOptions).GetProperties();

    [Theory]
    [MemberData(nameof(Names))]
    public void An_option_is_read_from_configuration(string name)
    {
        Values.ShouldContainKey(name);

        Value(Read(name, Values[name].Right), name).ShouldNotBe(Value(new DistributedLockOptions(), name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_option_is_copied(string name)
    {
        var options = Read(name, Values[name].Right);

        Value(options.Copy(), name).ShouldBe(Value(options, name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_option_that_has_a_range_is_checked(string name)
    {
        OptionRules.Check(Read(name, Values[name].Right)).ShouldBeEmpty();
        if (Values[name].Wrong is { } wrong)
        {
            OptionRules.Check(Read(name, wrong)).ShouldHaveSingleItem().ShouldStartWith(name);
        }
    }

    private static object? Value(DistributedLockOptions options, string name) => typeof(DistributedLockOptions).GetProperty(name)!.GetValue(options);

    private static DistributedLockOptions Read(string name, string text)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"Locks:{name}", text)]).Build();
        var section = new LockOptionsSection(configuration.GetSection("Locks"));
        var options = new DistributedLockOptions();
        section.ReadCommon(options);
        section.Complete(typeof(DistributedLockOptions), null);
        return options;
    }
}
