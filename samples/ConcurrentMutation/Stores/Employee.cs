namespace ConcurrentMutation.Stores;

/// <summary>The row that every worker changes.</summary>
internal sealed record Employee(string EmailAddress, string FirstName, string LastName, long Version)
{
    internal static readonly Employee Initial = new("ada@example.org", "Ada", "Lovelace", 1);
}
