namespace TicketShop.Demo.Runs;

/// <summary>What became of a call.</summary>
internal enum Outcome
{
    Wrote,

    /// <summary>Somebody else had it first, and the shop noticed.</summary>
    Declined,

    /// <summary>The guard refused it.</summary>
    Refused,

    Failed,
}
