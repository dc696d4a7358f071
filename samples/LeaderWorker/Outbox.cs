using System.Globalization;
using DistributedLocking;

namespace LeaderWorker;

/// <summary>
/// What the leaders publish: a file with a line for each message, the leader's fencing token before it. It is the guard
/// too: it refuses a token that is older than the newest that it has seen.
/// </summary>
internal sealed class Outbox(string path)
{
    /// <summary>Publishes the next message.</summary>
    /// <returns>Its number.</returns>
    /// <exception cref="StaleFencingTokenException">A later leader has published already.</exception>
    internal async Task<int> PublishAsync(long fencingToken)
    {
        await using var file = await OpenAsync();
        using var reader = new StreamReader(file, leaveOpen: true);
        var messages = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var newest = messages.Length == 0 ? 0 : TokenOf(messages[^1]);
        if (fencingToken < newest)
        {
            throw new StaleFencingTokenException("A later leader has published.") { FencingToken = fencingToken, NewestToken = newest };
        }

        await using var writer = new StreamWriter(file);
        await writer.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{fencingToken} message {messages.Length + 1}\n"));
        return messages.Length + 1;
    }

    /// <summary>The tokens of the messages, in their order.</summary>
    internal IReadOnlyList<long> Tokens() => File.Exists(path) ? [.. File.ReadLines(path).Select(TokenOf)] : [];

    private static long TokenOf(string message) => long.Parse(message.AsSpan(0, message.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    // One at a time, as a transaction would be. A process that is frozen in here holds up the others: use a database.
    private async Task<FileStream> OpenAsync()
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            }
        }
    }
}
