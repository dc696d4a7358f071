namespace TicketShop.Shop.Seats;

/// <summary>The seats of the show: five rows of eight.</summary>
internal static class SeatMap
{
    internal static readonly IReadOnlyList<string> Seats = [.. "ABCDE".SelectMany(row => Enumerable.Range(1, 8).Select(number => $"{row}{number}"))];

    internal static bool Has(string seat) => Seats.Contains(seat, StringComparer.Ordinal);

    /// <summary>The key of a seat's lock.</summary>
    internal static string Key(string seat) => $"show:1:seat:{seat}";
}
