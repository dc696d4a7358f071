using TicketShop.Shop;

namespace TicketShop.Demo.Runs;

/// <summary>The page's wish: so many buyers at once.</summary>
internal sealed record SaleRequest(int Buyers, Protection Protection, bool Freeze)
{
    internal const int FewestBuyers = 2;
    internal const int MostBuyers = 200;

    /// <summary>What is wrong with it, by field; empty if nothing is.</summary>
    internal Dictionary<string, string[]> FindErrors() => Buyers is >= FewestBuyers and <= MostBuyers
        ? []
        : new(StringComparer.Ordinal) { ["buyers"] = [$"{Buyers:N0} buyers are {(Buyers < FewestBuyers ? "too few" : "too many")}. Choose {FewestBuyers} to {MostBuyers}."] };
}
