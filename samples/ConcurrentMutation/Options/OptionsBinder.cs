using System.Globalization;
using ConcurrentMutation.Run;
using ConcurrentMutation.Stages;
using ConcurrentMutation.Stores.MySql;
using ConcurrentMutation.Stores.PostgreSql;

namespace ConcurrentMutation.Options;

/// <summary>Turns the texts of options and environment variables into <see cref="DemoOptions"/>.</summary>
internal sealed class OptionsBinder(Func<Setting, string?> option, Func<string, string?> variable)
{
    private static readonly TimeSpan ShortestExpiry = TimeSpan.FromMilliseconds(10);

    /// <summary>Reads and checks every setting.</summary>
    /// <exception cref="DemoException">A value is wrong; the message names where it came from.</exception>
    internal DemoOptions Bind()
    {
        var mutex = Read(Setting.Mutex, Choice<MutexKind>);
        var database = Read(Setting.Database, Choice<DatabaseKind>);
        var usesMySql = mutex == MutexKind.MySql || database == DatabaseKind.MySql;
        var usesPostgres = mutex == MutexKind.Postgres || database == DatabaseKind.Postgres;
        var options = new DemoOptions
        {
            Processes = Read(Setting.Processes, text => Count(text, 64)),
            Workers = Read(Setting.Workers, text => Count(text, 256)),
            Duration = Read(Setting.Duration, text => AtLeast(text, TimeSpan.FromMilliseconds(1))),
            Interval = Read(Setting.Interval, text => AtLeast(text, TimeSpan.FromMilliseconds(1))),
            Work = Read(Setting.Work, DurationText.Parse),
            Mutex = mutex,
            Expiry = Read(Setting.Expiry, text => AtLeast(text, ShortestExpiry)),
            Wait = Read(Setting.Wait, DurationText.Parse),
            Retry = Read(Setting.Retry, text => AtLeast(text, TimeSpan.FromMilliseconds(1))),
            Redis = Read(Setting.Redis, text => text),
            Etcd = Read(Setting.Etcd, text => text),
            Database = database,
            MySql = Read(Setting.MySql, text => usesMySql ? ConnectionText.CheckSql(text, MySqlDialect.Instance.Driver) : text),
            Postgres = Read(Setting.Postgres, text => usesPostgres ? ConnectionText.CheckSql(text, PostgreSqlDialect.Instance.Driver) : text),
            Data = Read(Setting.Data, text => text),
            Stages = Read(Setting.Stages, StageList.Parse),
        };

        return options is { Mutex: MutexKind.Memory, Processes: > 1, NeedsMutex: true }
            ? throw DemoException.BadOption(
                $"{Setting.Mutex.Option} memory excludes only within one process, not between {options.Processes}: "
                + $"add {Setting.Processes.Option} 1 {Setting.Workers.Option} 2, or choose {Setting.Mutex.Option} file, redis, mysql, postgres or etcd")
            : options;
    }

    private T Read<T>(Setting setting, Func<string, T> parse)
    {
        var (source, text) = option(setting) is { } given ? (setting.Option, given)
            : variable(setting.Variable) is { Length: > 0 } set ? (setting.Variable, set)
            : (setting.Option, setting.Default);
        try
        {
            return parse(text);
        }
        catch (FormatException exception)
        {
            throw DemoException.BadOption($"{source}: {exception.Message}");
        }
    }

    private static int Count(string text, int largest) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 && count <= largest
            ? count
            : throw new FormatException($"'{text}' is not a number from 1 to {largest}");

    private static TimeSpan AtLeast(string text, TimeSpan shortest)
    {
        var duration = DurationText.Parse(text);
        return duration >= shortest ? duration : throw new FormatException($"'{text}' is shorter than {DurationText.Format(shortest)}");
    }

    private static T Choice<T>(string text)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>();
        var index = Array.FindIndex(names, name => name.Equals(text.Trim(), StringComparison.OrdinalIgnoreCase));
        return index >= 0
            ? Enum.GetValues<T>()[index]
            : throw new FormatException($"'{text}' is not one of {string.Join(", ", names).ToLowerInvariant()}");
    }
}
