using System.Globalization;
using DistributedLocking.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Providers;

/// <summary>
/// Reads a configuration section into a provider's options. Unlike the stock binder it works trimmed, and an unknown
/// key or a value that can't be parsed is an error that names itself.
/// </summary>
/// <remarks>
/// A key that is absent or null leaves the option as it is. All failures are collected and thrown by
/// <see cref="Complete"/>. Not safe for concurrent use: each reading makes its own.
/// </remarks>
public sealed class LockOptionsSection
{
    private readonly IConfiguration _section;
    private readonly string _path;
    private readonly SortedSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _failures = [];

    /// <summary>Starts to read a section.</summary>
    /// <param name="section">The section whose children are the options.</param>
    public LockOptionsSection(IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        _section = section;
        _path = section is IConfigurationSection { Path: var path } ? path + ":" : "";
        if (section is IConfigurationSection { Value: { Length: > 0 } })
        {
            // The value is not shown: it may well be a connection string.
            _failures.Add($"'{_path.TrimEnd(':')}' has a value where a section with options is expected.");
        }
    }

    /// <summary>Reads the members that all providers share.</summary>
    /// <param name="options">Where the values go.</param>
    public void ReadCommon(DistributedLockOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ReadDuration(nameof(options.TimeToLive), value => options.TimeToLive = value);
        Read(nameof(options.Retry), "a retry policy such as 'fixed 250ms x20'", RetryPolicy.Parse, value => options.Retry = value);
        ReadBoolean(nameof(options.AutoRenew), value => options.AutoRenew = value);
        ReadDuration(nameof(options.RenewalInterval), value => options.RenewalInterval = value);
        ReadDuration(nameof(options.MaxHoldTime), value => options.MaxHoldTime = value);
        ReadDuration(nameof(options.HandOverTime), value => options.HandOverTime = value);
        ReadText(nameof(options.KeyPrefix), value => options.KeyPrefix = value);
        ReadText(nameof(options.Name), value => options.Name = value);
        ReadBoolean(nameof(options.RevealKeys), value => options.RevealKeys = value);
    }

    /// <summary>Reads a text, which no error shows: connection strings are read by this.</summary>
    /// <param name="name">The key in the section.</param>
    /// <param name="set">Called with the value when there is one.</param>
    public void ReadText(string name, Action<string> set) => Read(name, "a text that the option takes", text => text, set, reveal: false);

    /// <summary>Reads a list of texts, none of which an error shows: connection strings are read by this.</summary>
    /// <param name="name">The key in the section.</param>
    /// <param name="set">Called with the values when there are any.</param>
    public void ReadTexts(string name, Action<IReadOnlyList<string>> set)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(set);
        _known.Add(name);
        var list = _section.GetSection(name);
        var items = list.GetChildren().ToList();
        if (list.Value is { Length: > 0 } || items.Exists(item => item.Value is null))
        {
            _failures.Add($"'{_path}{name}' is not a list of texts.");
        }
        else if (items.Count > 0)
        {
            set([.. items.Select(item => item.Value!)]);
        }
    }

    /// <summary>Reads a whole number.</summary>
    /// <param name="name">The key in the section.</param>
    /// <param name="set">Called with the value when there is one.</param>
    public void ReadInt32(string name, Action<int> set) =>
        Read(name, "a whole number", text => int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), set);

    /// <summary>Reads true or false.</summary>
    /// <param name="name">The key in the section.</param>
    /// <param name="set">Called with the value when there is one.</param>
    public void ReadBoolean(string name, Action<bool> set) => Read(name, "true or false", bool.Parse, set);

    /// <summary>
    /// Reads a duration: <c>00:01:30</c>, or a number with its unit such as <c>250ms</c>, <c>30s</c>, <c>5m</c> or
    /// <c>1h</c>.
    /// </summary>
    /// <param name="name">The key in the section.</param>
    /// <param name="set">Called with the value when there is one.</param>
    public void ReadDuration(string name, Action<TimeSpan> set) => Read(name, "a duration such as 250ms, 30s or 00:01:30", Duration.Parse, set);

    /// <summary>Reads a duration, or <c>infinite</c> for <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
    /// <param name="name">The key in the section.</param>
    /// <param name="set">Called with the value when there is one.</param>
    public void ReadDurationOrInfinite(string name, Action<TimeSpan> set) => Read(
        name,
        "a duration such as 250ms, 30s or 00:01:30, or 'infinite'",
        text => text.AsSpan().Trim().Equals("infinite", StringComparison.OrdinalIgnoreCase) ? Timeout.InfiniteTimeSpan : Duration.Parse(text),
        set);

    /// <summary>Reads a value of any other kind. It must not be secret: the error for a bad one shows it.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="name">The key in the section.</param>
    /// <param name="expected">What the value should be, for the error.</param>
    /// <param name="parse">
    /// Throws <see cref="FormatException"/>, <see cref="OverflowException"/> or <see cref="ArgumentException"/> for a
    /// bad text.
    /// </param>
    /// <param name="set">Called with the value when there is one.</param>
    public void Read<T>(string name, string expected, Func<string, T> parse, Action<T> set) => Read(name, expected, parse, set, reveal: true);

    /// <summary>Ends the reading.</summary>
    /// <param name="optionsType">The type of the options, for the error.</param>
    /// <param name="optionsName">The name of the options, for the error; null for the default ones.</param>
    /// <exception cref="OptionsValidationException">
    /// A key was unknown or a value could not be parsed; each failure names the key.
    /// </exception>
    public void Complete(Type optionsType, string? optionsName = null)
    {
        ArgumentNullException.ThrowIfNull(optionsType);
        foreach (var child in _section.GetChildren().Where(child => !_known.Contains(child.Key)))
        {
            _failures.Add($"'{_path}{child.Key}' is not a known option of {optionsType.Name}. Known are: {string.Join(", ", _known)}.");
        }

        if (_failures.Count > 0)
        {
            throw new OptionsValidationException(optionsName ?? Options.DefaultName, optionsType, _failures);
        }
    }

    private void Read<T>(string name, string expected, Func<string, T> parse, Action<T> set, bool reveal)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(parse);
        ArgumentNullException.ThrowIfNull(set);
        _known.Add(name);
        var child = _section.GetSection(name);
        if (child.GetChildren().Any())
        {
            // Without this a value written as an object or a list would be skipped in silence.
            _failures.Add($"'{_path}{name}' is a section or a list, which is not {expected}.");
            return;
        }

        if (child.Value is not { } text)
        {
            return;
        }

        try
        {
            set(parse(text));
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            // An inner exception is the reason why a text of the right form is refused.
            var reason = reveal && e.InnerException is { } inner ? $" {inner.Message}" : "";
            _failures.Add($"'{_path}{name}' has {(reveal ? $"the value '{text}'" : "a value")}, which is not {expected}.{reason}");
        }
    }
}
