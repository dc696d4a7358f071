using System.Globalization;

namespace DistributedLocking.FaultTests.Resources;

/// <summary>
/// Numbers in files, each with the newest token beside it. There is no package for this guard: the file is opened for
/// one process at a time.
/// </summary>
internal sealed class FileCounter(string directory) : ICounter
{
    public async Task<long> ReadAsync(string name, long? token, CancellationToken cancellationToken)
    {
        await using var file = await OpenAsync(name, cancellationToken);
        var (value, newest) = await ReadAsync(file, cancellationToken);
        if (token is { } mine)
        {
            Check(mine, newest);
            await WriteAsync(file, value, mine, cancellationToken);
        }

        return value;
    }

    public async Task WriteAsync(string name, long value, long? token, CancellationToken cancellationToken)
    {
        await using var file = await OpenAsync(name, cancellationToken);
        var (_, newest) = await ReadAsync(file, cancellationToken);
        if (token is { } mine)
        {
            Check(mine, newest);
        }

        await WriteAsync(file, value, token ?? newest, cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void Check(long token, long newest)
    {
        if (token < newest)
        {
            throw new StaleFencingTokenException { FencingToken = token, NewestToken = newest };
        }
    }

    private static async Task<(long Value, long Newest)> ReadAsync(FileStream file, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(file, leaveOpen: true);
        return (await reader.ReadToEndAsync(cancellationToken)).Split(' ') is [var value, var newest]
            ? (long.Parse(value, CultureInfo.InvariantCulture), long.Parse(newest, CultureInfo.InvariantCulture))
            : (0, 0);
    }

    // One call of the operating system for all of it: a process that is killed in between leaves the old content or the
    // new.
    private static async Task WriteAsync(FileStream file, long value, long newest, CancellationToken cancellationToken)
    {
        file.Position = 0;
        await file.WriteAsync(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{value:D19} {newest:D19}")), cancellationToken);
        await file.FlushAsync(cancellationToken);
    }

    private async Task<FileStream> OpenAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(directory, name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 64);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
            }
        }
    }
}
