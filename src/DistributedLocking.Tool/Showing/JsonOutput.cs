using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedLocking.Tool.Showing;

/// <summary>One line of JSON. What the store does not know is missing.</summary>
internal sealed class JsonOutput : HolderOutput
{
    internal override void Write(IReadOnlyList<LockHolder> holders) =>
        Console.WriteLine(JsonSerializer.Serialize([.. holders.Select(HolderEntry.Of)], HolderJson.Lenient.HolderEntryArray));
}

/// <summary>A holder in JSON: names that stay, times in seconds, and no owner id, by which anybody could release.</summary>
internal sealed record HolderEntry(
    string Key, string Kind, string? Machine, int? ProcessId, long? Session, DateTimeOffset? Since, double? SecondsLeft, int? Waiting, long? FencingToken)
{
    internal static HolderEntry Of(LockHolder holder) => new(
        holder.Key,
        KindText.Of(holder.Kind),
        holder.Machine,
        holder.ProcessId,
        holder.Session,
        holder.Since,
        holder.TimeLeft?.TotalSeconds,
        holder.Waiting,
        holder.FencingToken);
}

[JsonSerializable(typeof(HolderEntry[]))]
internal sealed partial class HolderJson : JsonSerializerContext
{
    /// <summary>Keys as they are, but for what would break a line.</summary>
    internal static HolderJson Lenient { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
