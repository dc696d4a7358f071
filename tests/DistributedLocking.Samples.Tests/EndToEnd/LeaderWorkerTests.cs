using System.Globalization;
using System.Text.RegularExpressions;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Samples.Tests.EndToEnd;

/// <summary>Three processes of which one leads, whose leaders are stopped, killed and frozen.</summary>
public sealed partial class LeaderWorkerTests
{
    private static readonly string[] Stopped = ["stopped", "killed"];
    private static readonly string[] Frozen = ["stopped", "killed", "frozen"];

    [Fact]
    public Task Shows_the_terms_of_leaders_on_lock_files() => ShouldShowTermsAsync(Stopped, timeToLive: 3);

    [Fact]
    public async Task Shows_the_terms_of_leaders_on_Redis()
    {
        await using var redis = await RedisServer.StartAsync();

        await ShouldShowTermsAsync(Frozen, timeToLive: 12, "--redis", redis.Address);
    }

    [Fact]
    public async Task An_option_that_makes_no_sense_is_told()
    {
        using var sample = SampleProcess.Start("LeaderWorker", "--terms", "none");

        var (exitCode, _, errors) = await sample.WaitForEndAsync();

        (exitCode, errors.Trim()).ShouldBe((2, "usage: LeaderWorker [--redis host:port] [--ttl seconds] [--terms number]"));
    }

    private static async Task ShouldShowTermsAsync(string[] endings, int timeToLive, params string[] options)
    {
        var number = timeToLive.ToString(CultureInfo.InvariantCulture);
        using var sample = SampleProcess.Start("LeaderWorker", ["--terms", endings.Length.ToString(CultureInfo.InvariantCulture), "--ttl", number, .. options]);

        var (exitCode, output, errors) = await sample.WaitForEndAsync();

        errors.ShouldBeEmpty();
        exitCode.ShouldBe(0, output);
        var terms = TermPattern().Matches(output);
        terms.Select(term => term.Groups["ending"].Value).ShouldBe(endings, output);
        terms.Select(term => long.Parse(term.Groups["token"].Value, CultureInfo.InvariantCulture)).ShouldBeInOrder(SortDirection.Ascending);

        // A leader that stops hands over; on a store with leases, the others wait for one that is killed or frozen.
        Milliseconds(terms[0]).ShouldBeLessThan(timeToLive * 1000);
        if (options.Length > 0)
        {
            terms.Skip(1).ShouldAllBe(term => Milliseconds(term) > (timeToLive - 8) * 1000);
        }

        var summary = output.TrimEnd().Split('\n')[^1];
        summary.ShouldContain($"by {terms.Count + 1} leaders; tokens fell 0 times;");
        summary.ShouldContain($"; {endings.Count(ending => ending == "frozen")} writes of a leader that was none any more were refused");
    }

    private static int Milliseconds(Match term) => int.Parse(term.Groups["ms"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^ +\d+ +\d+ +(?<token>\d+) +(?<ending>\w+) +(?<ms>\d+) ms", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TermPattern();
}
