using System.Text.Json.Serialization;

namespace TicketShop.Shop.Events;

/// <summary>What happened.</summary>
[JsonConverter(typeof(EventKindConverter))]
internal enum EventKind
{
    /// <summary>A buyer or a payment came in.</summary>
    Began,

    /// <summary>The lock was granted, with a fencing token.</summary>
    Acquired,

    /// <summary>The lock is given back.</summary>
    Released,

    /// <summary>The holder learned that its lock is no longer its own.</summary>
    Lost,

    /// <summary>It was written.</summary>
    Wrote,

    /// <summary>There was nothing left to write: the seat was sold, or all orders were paid.</summary>
    Declined,

    /// <summary>The guard refused an outdated fencing token.</summary>
    Refused,

    /// <summary>Something went wrong.</summary>
    Failed,

    /// <summary>The instance was stopped.</summary>
    Froze,

    /// <summary>The instance goes on.</summary>
    Thawed,
}

internal sealed class EventKindConverter() : JsonStringEnumConverter<EventKind>(System.Text.Json.JsonNamingPolicy.CamelCase, allowIntegerValues: false);
