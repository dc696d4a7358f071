using TicketShop.Shop.Events;

namespace TicketShop.Demo.Runs;

/// <summary>What became of calls that were made at the same time.</summary>
/// <param name="Outcomes">One for each call.</param>
/// <param name="Seconds">How long it all took.</param>
/// <param name="Events">What happened, by time; times are milliseconds since the first call.</param>
internal sealed record RushResult(IReadOnlyList<Outcome> Outcomes, double Seconds, IReadOnlyList<ShopEvent> Events)
{
    internal int Count(Outcome outcome) => Outcomes.Count(one => one == outcome);
}
