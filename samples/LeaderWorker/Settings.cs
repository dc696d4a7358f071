using System.Globalization;

namespace LeaderWorker;

/// <summary>What the command line says.</summary>
/// <param name="Folder">Where the outbox is, and the lock files.</param>
/// <param name="Redis">The Redis server; null for lock files.</param>
/// <param name="TimeToLive">How long a leader that is gone counts as one.</param>
/// <param name="Terms">How many terms to show.</param>
internal sealed record Settings(string Folder, string? Redis, TimeSpan TimeToLive, int Terms)
{
    internal const string Usage = "usage: LeaderWorker [--redis host:port] [--ttl seconds] [--terms number]";

    internal string OutboxPath => Path.Combine(Folder, "outbox.txt");

    internal IEnumerable<string> Arguments =>
    [
        "--folder", Folder, "--ttl", TimeToLive.TotalSeconds.ToString(CultureInfo.InvariantCulture), .. Redis is null ? (string[])[] : ["--redis", Redis],
    ];

    /// <summary>Null when it makes no sense.</summary>
    internal static Settings? Parse(IEnumerable<string> arguments)
    {
        var settings = new Settings("", null, TimeSpan.FromSeconds(3), 6);
        foreach (var option in arguments.Chunk(2))
        {
            switch (option)
            {
                case ["--folder", var folder]:
                    settings = settings with { Folder = folder };
                    break;
                case ["--redis", var server]:
                    settings = settings with { Redis = server };
                    break;
                case ["--ttl", var text] when int.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds > 0:
                    settings = settings with { TimeToLive = TimeSpan.FromSeconds(seconds) };
                    break;
                case ["--terms", var text] when int.TryParse(text, CultureInfo.InvariantCulture, out var terms) && terms > 0:
                    settings = settings with { Terms = terms };
                    break;
                default:
                    return null;
            }
        }

        return settings;
    }
}
