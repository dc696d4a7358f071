namespace ConcurrentMutation.Workers;

/// <summary>Writes messages to a pipe, one at a time and each at once.</summary>
internal sealed class MessageWriter(Stream stream) : IAsyncDisposable
{
    private readonly StreamWriter writer = new(stream) { NewLine = "\n" };
    private readonly SemaphoreSlim gate = new(1, 1);

    /// <summary>
    /// Writes a message; does nothing when the other side has closed the pipe, which its reader finds out.
    /// </summary>
    internal async Task WriteAsync(Message message)
    {
        await gate.WaitAsync();
        try
        {
            await writer.WriteLineAsync(MessageText.Write(message));
            await writer.FlushAsync();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        gate.Dispose();
        try
        {
            await writer.DisposeAsync();
        }
        catch (IOException)
        {
            // What could not be written before can't be written now.
        }
    }
}
