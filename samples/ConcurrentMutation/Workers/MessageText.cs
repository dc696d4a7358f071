using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConcurrentMutation.Workers;

/// <summary>Messages as lines of text.</summary>
internal static class MessageText
{
    internal static string Write(Message message) => JsonSerializer.Serialize(message, MessageContext.Default.Message);

    /// <summary>Reads a line.</summary>
    /// <exception cref="FormatException">The line is no message.</exception>
    internal static Message Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, MessageContext.Default.Message) ?? throw new FormatException("An empty message.");
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw new FormatException($"Not a message: {line}", exception);
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Message))]
internal sealed partial class MessageContext : JsonSerializerContext;
