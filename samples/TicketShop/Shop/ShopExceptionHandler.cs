using DistributedLocking;
using Microsoft.AspNetCore.Diagnostics;

namespace TicketShop.Shop;

/// <summary>What a caller is told when a sale or a payment was not made.</summary>
internal sealed class ShopExceptionHandler(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var (status, title) = exception switch
        {
            StaleFencingTokenException => (StatusCodes.Status412PreconditionFailed, "A newer holder of the lock has been here. Nothing was written."),
            DistributedLockTimeoutException => (StatusCodes.Status503ServiceUnavailable, "Somebody else kept the lock for too long. Nothing was written."),
            DistributedLockException => (StatusCodes.Status503ServiceUnavailable, "The lock failed. Nothing was written."),

            // Nobody but the lock's LostToken ends a request whose caller still waits.
            OperationCanceledException when !httpContext.RequestAborted.IsCancellationRequested =>
                (StatusCodes.Status503ServiceUnavailable, "The lock was lost. Nothing was written."),
            BadHttpRequestException bad => (bad.StatusCode, "The request can't be read."),
            _ => (StatusCodes.Status500InternalServerError, "The shop failed."),
        };
        httpContext.Response.StatusCode = status;
        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = httpContext,
            Exception = exception,
            ProblemDetails = { Status = status, Title = title, Detail = exception.Message },
        });
    }
}
