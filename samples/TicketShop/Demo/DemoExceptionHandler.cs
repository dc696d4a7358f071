using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;

namespace TicketShop.Demo;

/// <summary>Says which field of a request is wrong, where it can't even be read.</summary>
internal sealed class DemoExceptionHandler(IProblemDetailsService problems) : IExceptionHandler
{
    private static readonly Dictionary<string, string> Fields = new(StringComparer.OrdinalIgnoreCase)
    {
        ["buyers"] = "The number of buyers must be a whole number.",
        ["protection"] = "The protection must be none, lock or lockAndGuard.",
        ["freeze"] = "Whether to freeze must be true or false.",
    };

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not BadHttpRequestException bad)
        {
            return false;
        }

        var field = (bad.InnerException as JsonException)?.Path?.TrimStart('$', '.') ?? "";
        var details = Fields.TryGetValue(field, out var message)
            ? new HttpValidationProblemDetails(new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [message] })
            : new HttpValidationProblemDetails { Title = "The request can't be read." };
        details.Status = bad.StatusCode;
        httpContext.Response.StatusCode = bad.StatusCode;
        return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = details });
    }
}
