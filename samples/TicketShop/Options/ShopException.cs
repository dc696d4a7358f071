namespace TicketShop.Options;

/// <summary>What the user is told in one line, instead of a stack trace.</summary>
internal sealed class ShopException(string message, int exitCode = ShopException.Failure, Exception? innerException = null) : Exception(message, innerException)
{
    internal const int Failure = 1;
    internal const int BadOption = 2;

    internal int ExitCode { get; } = exitCode;
}
