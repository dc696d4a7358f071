using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using DistributedLocking.Samples.Tests.EndToEnd;

namespace DistributedLocking.Samples.Tests.TicketShop;

/// <summary>The sample as a user runs it: a process, with two more for the instances.</summary>
internal sealed partial class RunningShop : IDisposable
{
    internal const string Sample = "TicketShop";

    /// <summary>Long enough for a busy machine not to lose a lock that nobody freezes.</summary>
    internal const string TimeToLive = "4";

    private readonly HttpClient http;

    private RunningShop(SampleProcess process, Uri address)
    {
        Process = process;
        http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(3) };
    }

    internal SampleProcess Process { get; }

    internal Uri Address => http.BaseAddress!;

    internal static async Task<RunningShop> StartAsync(params IEnumerable<string> arguments)
    {
        var process = SampleProcess.Start(Sample, ["--port", "0", "--time-to-live", TimeToLive, .. arguments]);
        try
        {
            var line = await process.WaitForLineAsync("Open http");
            return new RunningShop(process, new Uri(AddressIn().Match(line).Value));
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>The process ids of the instances, A before B.</summary>
    internal async Task<List<int>> GetInstancesAsync() =>
        [.. (await GetAsync("api/setup")).GetProperty("instances").EnumerateArray().Select(instance => instance.GetProperty("processId").GetInt32())];

    internal async Task<JsonElement> GetAsync(string path) => await http.GetFromJsonAsync<JsonElement>(path, TestContext.Current.CancellationToken);

    internal Task<JsonElement> SellAsync(string protection, bool freeze, int buyers = 40) => RunAsync("api/sales", new { buyers, protection, freeze });

    internal Task<JsonElement> PayAsync(string protection, bool freeze) => RunAsync("api/payments", new { protection, freeze });

    internal async Task<(int Status, JsonElement Body)> PostAsync(string path, string json)
    {
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(new Uri(path, UriKind.RelativeOrAbsolute), content, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }

    public void Dispose()
    {
        http.Dispose();
        Process.Dispose();
    }

    private async Task<JsonElement> RunAsync(string path, object request)
    {
        var (status, body) = await PostAsync(path, JsonSerializer.Serialize(request));
        status.ShouldBe(200, string.Create(CultureInfo.InvariantCulture, $"{body}"));
        return body;
    }

    [GeneratedRegex(@"http://\S+", RegexOptions.None, 1000)]
    private static partial Regex AddressIn();
}
