using System.Text.Json.Serialization;

namespace TicketShop.Shop;

/// <summary>How a sale or a payment is protected from others at the same time.</summary>
[JsonConverter(typeof(ProtectionConverter))]
internal enum Protection
{
    /// <summary>Read, think, write.</summary>
    None,

    /// <summary>The same inside a distributed lock.</summary>
    Lock,

    /// <summary>The same, and the database refuses the fencing token of an earlier holder.</summary>
    LockAndGuard,
}

internal sealed class ProtectionConverter() : JsonStringEnumConverter<Protection>(System.Text.Json.JsonNamingPolicy.CamelCase, allowIntegerValues: false);
