using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace DistributedLocking.FaultTests.Histories;

/// <summary>
/// Writes the events of one process to a file of its own, each at once: a process that is killed leaves all that it had
/// written.
/// </summary>
internal sealed class HistoryWriter(string directory, string worker) : IDisposable
{
    private readonly FileStream _file = new(Path.Combine(directory, worker), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
    private readonly object _lock = new();

    internal static long Now => Stopwatch.GetTimestamp();

    internal void Write(int attempt, HistoryKind kind, string key, long value = 0) => Write(Now, attempt, kind, key, value);

    /// <summary>Writes an event with a time that was taken before.</summary>
    internal void Write(long at, int attempt, HistoryKind kind, string key, long value = 0)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{at} {worker} {attempt} {kind} {value} {key}\n");
        lock (_lock)
        {
            _file.Write(Encoding.UTF8.GetBytes(line));
        }
    }

    /// <summary>Reads the histories of several processes as one, in the order of time.</summary>
    internal static IReadOnlyList<HistoryEvent> Read(string directory) =>
        [.. Directory.EnumerateFiles(directory).SelectMany(ReadFile).OrderBy(entry => entry.At)];

    public void Dispose() => _file.Dispose();

    private static IEnumerable<HistoryEvent> ReadFile(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var text = reader.ReadToEnd();

        // A process that was killed may have left the beginning of a line.
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ', 6);
            yield return new HistoryEvent(
                long.Parse(words[0], CultureInfo.InvariantCulture),
                words[1],
                int.Parse(words[2], CultureInfo.InvariantCulture),
                Enum.Parse<HistoryKind>(words[3]),
                words[5],
                long.Parse(words[4], CultureInfo.InvariantCulture));
        }
    }
}
