namespace Snippets;

/// <summary>What the code in the documents does under its locks.</summary>
internal static class Invoices
{
    internal static Task SendAsync(int number, CancellationToken cancellationToken) =>
        Task.FromException(new InvalidOperationException($"{number} {cancellationToken.CanBeCanceled}"));

    internal static void SendAll() => throw new InvalidOperationException("For the compiler only.");
}
