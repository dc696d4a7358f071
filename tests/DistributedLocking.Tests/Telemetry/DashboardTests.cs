using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace DistributedLocking.Tests.Telemetry;

/// <summary>The dashboard and the alerts name what the exporter for Prometheus emits, and nothing else.</summary>
public sealed partial class DashboardTests : EngineTest
{
    private static readonly string Folder = Path.Combine(Root(), "docs", "observability");

    public DashboardTests()
    {
        Provider.Name = $"scripted-{Random.Shared.NextInt64()}";
        Options.Name = "orders";
    }

    [Fact]
    public async Task Each_metric_label_and_outcome_that_is_used_is_emitted()
    {
        var scrape = await ScrapeAsync();
        var expressions = DashboardExpressions().Concat(AlertExpressions()).ToList();

        expressions.Count.ShouldBeGreaterThan(15);
        foreach (var expression in expressions)
        {
            foreach (Match metric in Metric().Matches(Selector().Replace(By().Replace(expression, ""), "")))
            {
                scrape.Names.Contains(metric.Value).ShouldBeTrue($"{metric.Value} in {expression} is not emitted: {string.Join(", ", scrape.Names)}");
            }

            foreach (var label in Labels(expression))
            {
                scrape.Labels.ContainsKey(label).ShouldBeTrue($"{label} in {expression} is not emitted: {string.Join(", ", scrape.Labels.Keys)}");
            }

            foreach (Match outcome in Outcome().Matches(expression))
            {
                scrape.Labels["distributed_lock_outcome"].Contains(outcome.Groups["value"].Value).ShouldBeTrue($"{outcome.Value} in {expression} is not emitted.");
            }
        }
    }

    [Fact]
    public void Each_alert_has_a_row_in_the_page()
    {
        var page = File.ReadAllText(Path.Combine(Folder, "README.md"));
        var alerts = AlertName().Matches(Alerts()).Select(match => match.Groups["name"].Value).ToList();

        alerts.Count.ShouldBe(AlertExpressions().Count());
        alerts.ShouldAllBe(alert => page.Contains($"| `{alert}` |", StringComparison.Ordinal));
    }

    /// <summary>All that can be measured, as the exporter emits it.</summary>
    private async Task<(HashSet<string> Names, Dictionary<string, HashSet<string>> Labels)> ScrapeAsync()
    {
        var port = FreePort();
        using var meters = Sdk.CreateMeterProviderBuilder().AddMeter(DistributedLockTelemetry.MeterName)
            .AddPrometheusHttpListener(options =>
            {
                options.Host = "127.0.0.1";
                options.Port = port;
            })
            .Build();
        await UseAllAsync();
        using var client = new HttpClient();
        var text = await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"), Cancel);

        var names = new HashSet<string>(StringComparer.Ordinal);
        var labels = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (Match sample in Sample().Matches(text).Where(sample => sample.Value.Contains(Provider.Name, StringComparison.Ordinal)))
        {
            names.Add(sample.Groups["name"].Value);
            foreach (Match label in Label().Matches(sample.Groups["labels"].Value))
            {
                var name = label.Groups["name"].Value;
                (labels.TryGetValue(name, out var values) ? values : labels[name] = new(StringComparer.Ordinal)).Add(label.Groups["value"].Value);
            }
        }

        return (names, labels);
    }

    /// <summary>Each outcome of an acquisition and of a renewal, a loss, a hold, a wait.</summary>
    private async Task UseAllAsync()
    {
        await (await Locks.AcquireAsync("released", cancellationToken: Cancel)).ReleaseAsync(Cancel);
        var held = await Locks.AcquireAsync("held", cancellationToken: Cancel);
        await held.ExtendAsync(cancellationToken: Cancel);
        Provider.OnRenew = (_, _) => throw new DistributedLockUnavailableException("away");
        await Should.ThrowAsync<DistributedLockUnavailableException>(held.ExtendAsync(cancellationToken: Cancel).AsTask());
        Provider.OnRenew = (batch, _) => ValueTask.FromResult<IReadOnlyList<RenewalReply>>([.. batch.Select(_ => new RenewalReply(RenewalOutcome.Lost))]);
        await Should.ThrowAsync<DistributedLockLostException>(held.ExtendAsync(cancellationToken: Cancel).AsTask());

        Provider.HoldElsewhere("elsewhere");
        (await Locks.TryAcquireAsync("elsewhere", cancellationToken: Cancel)).ShouldBeNull();
        var waiting = Locks.AcquireAsync("elsewhere", Seconds(7), Cancel).AsTask();
        Time.Advance(Seconds(7));
        await Should.ThrowAsync<DistributedLockTimeoutException>(waiting);
        using var cancel = new CancellationTokenSource();
        var cancelled = Locks.AcquireAsync("elsewhere", Seconds(7), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(cancelled);
        Provider.OnAcquire = (_, _) => throw new DistributedLockUnavailableException("away") { IsTransient = false };
        await Should.ThrowAsync<DistributedLockUnavailableException>(Locks.AcquireAsync("away", cancellationToken: Cancel).AsTask());
    }

    private static IEnumerable<string> Labels(string expression)
    {
        foreach (Match list in By().Matches(expression))
        {
            foreach (var label in list.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries))
            {
                yield return label;
            }
        }

        foreach (Match selector in Selector().Matches(expression))
        {
            foreach (Match label in Label().Matches(selector.Value))
            {
                yield return label.Groups["name"].Value;
            }
        }
    }

    private static IEnumerable<string> DashboardExpressions()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "grafana-dashboard.json")));
        foreach (var panel in dashboard.RootElement.GetProperty("panels").EnumerateArray())
        {
            foreach (var target in panel.GetProperty("targets").EnumerateArray())
            {
                yield return target.GetProperty("expr").GetString()!;
            }
        }

        foreach (var variable in dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray())
        {
            if (variable.GetProperty("query") is { ValueKind: JsonValueKind.Object } query && LabelValues().Match(query.GetProperty("query").GetString()!) is { Success: true } values)
            {
                yield return $"sum by ({values.Groups["label"].Value}) ({values.Groups["metric"].Value})";
            }
        }
    }

    private static IEnumerable<string> AlertExpressions() => AlertExpression().Matches(Alerts()).Select(match => match.Groups["expression"].Value);

    private static string Alerts() => File.ReadAllText(Path.Combine(Folder, "prometheus-alerts.yml"));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "DistributedLocking.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    [GeneratedRegex(@"^(?<name>\w+)\{(?<labels>.*)\} \S+", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Sample();

    [GeneratedRegex(@"(?<name>\w+)\s*=~?\s*""(?<value>[^""]*)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();

    [GeneratedRegex(@"\bdistributed_lock\w*", RegexOptions.None, 1000)]
    private static partial Regex Metric();

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.None, 1000)]
    private static partial Regex Selector();

    [GeneratedRegex(@"\bby \((?<labels>[^)]*)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex By();

    [GeneratedRegex(@"distributed_lock_outcome=""(?<value>\w+)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Outcome();

    [GeneratedRegex(@"label_values\((?<metric>\w+), (?<label>\w+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LabelValues();

    [GeneratedRegex(@"alert: (?<name>\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AlertName();

    [GeneratedRegex(@"expr: (\|\s+)?(?<expression>.*?)\n        (for|labels):", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AlertExpression();
}
