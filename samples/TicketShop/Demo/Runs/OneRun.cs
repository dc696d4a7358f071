namespace TicketShop.Demo.Runs;

/// <summary>Lets one run go on at a time: they share seats, orders and instances.</summary>
internal sealed class OneRun(IHostApplicationLifetime lifetime) : IDisposable
{
    private readonly SemaphoreSlim turn = new(1);

    /// <summary>Runs something, to its end even when nobody waits for it any more.</summary>
    /// <returns>A problem when another run has not ended.</returns>
    internal async Task<IResult> RunAsync<T>(Func<CancellationToken, Task<T>> run)
    {
        if (!await turn.WaitAsync(TimeSpan.Zero))
        {
            return Results.Problem(statusCode: StatusCodes.Status409Conflict, title: "Another run has not ended yet. Try again in some seconds.");
        }

        try
        {
            return Results.Ok(await run(lifetime.ApplicationStopping));
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();
}
