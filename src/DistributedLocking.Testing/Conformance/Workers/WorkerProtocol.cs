using System.Globalization;

namespace DistributedLocking.Testing.Conformance.Workers;

/// <summary>
/// The lines between a fact and its worker. A request is <c>number verb argument...</c>, its reply <c>number ok
/// value...</c> or <c>number failed type message</c>; <c>! lost handle</c> comes by itself. Words are escaped, so a key
/// may hold anything.
/// </summary>
internal static class WorkerProtocol
{
    internal const string Ok = "ok";
    internal const string Failed = "failed";
    internal const string Event = "!";
    internal const string Lost = "lost";

    internal const string Ping = "ping";
    internal const string Acquire = "acquire";
    internal const string Extend = "extend";
    internal const string Release = "release";
    internal const string ReleaseKey = "release-key";
    internal const string Status = "status";
    internal const string Count = "count";

    /// <summary>The handle's number when nothing was granted.</summary>
    internal const int NoHandle = 0;

    internal static string Line(params ReadOnlySpan<object> words)
    {
        var escaped = new string[words.Length];
        for (var i = 0; i < words.Length; i++)
        {
            escaped[i] = Uri.EscapeDataString(Convert.ToString(words[i], CultureInfo.InvariantCulture) ?? "");
        }

        return string.Join(' ', escaped);
    }

    internal static string[] Words(string line) => [.. line.Split(' ').Select(Uri.UnescapeDataString)];

    internal static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    internal static TimeSpan Time(string milliseconds) => TimeSpan.FromMilliseconds(Int64(milliseconds));

    internal static long Int64(string number) => long.Parse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    internal static int Int32(string number) => int.Parse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
