using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace LeaderWorker;

/// <summary>
/// Three instances, whose leaders end in turn: stopped, killed, and on a store with leases of its own frozen, too.
/// Prints the terms.
/// </summary>
internal sealed class Fleet(Settings settings) : IDisposable
{
    private const int Size = 3;

    private static readonly TimeSpan TermLength = TimeSpan.FromSeconds(1.5);

    private readonly Channel<InstanceEvent> _events = Channel.CreateUnbounded<InstanceEvent>();
    private readonly List<InstanceProcess> _instances = [];
    private int _started;
    private int _refused;

    // Lock files are the operating system's: a frozen holder keeps them, and a killed one loses them at once.
    private string[] Endings => settings.Redis is not null && !OperatingSystem.IsWindows() ? ["stopped", "killed", "frozen"] : ["stopped", "killed"];

    internal async Task RunAsync()
    {
        for (var i = 0; i < Size; i++)
        {
            StartOne();
        }

        Console.WriteLine(" term  instance  fencing token     ended by   the next leads after");
        var leader = await NextAsync(Report.Leads);
        for (var term = 1; term <= settings.Terms; term++)
        {
            await Task.Delay(TermLength, TimeProvider.System);
            var ending = Endings[(term - 1) % Endings.Length];
            var ended = Stopwatch.GetTimestamp();
            End(leader.Instance, ending);
            var next = await NextAsync(Report.Leads);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{term,5}  {leader.Instance.Number,8}  {leader.Said.Number,-16}  {ending,-9}  {Stopwatch.GetElapsedTime(ended, next.At).TotalMilliseconds,6:0} ms"));
            await ReplaceAsync(leader.Instance, ending);
            leader = next;
        }

        await StopAllAsync();
        Summarize();
    }

    public void Dispose() => _instances.ForEach(instance => instance.Dispose());

    private void StartOne() => _instances.Add(InstanceProcess.Start(++_started, settings, _events.Writer));

    private async Task<InstanceEvent> NextAsync(string word)
    {
        await foreach (var said in _events.Reader.ReadAllAsync())
        {
            Note(said);
            if (said.Said.Word == word)
            {
                return said;
            }
        }

        throw new InvalidOperationException($"Nobody says '{word}'.");
    }

    private void Note(InstanceEvent said) => _refused += said.Said.Word == Report.Refused ? 1 : 0;

    private static void End(InstanceProcess instance, string ending)
    {
        switch (ending)
        {
            case "stopped":
                instance.Stop();
                break;
            case "killed":
                instance.Kill();
                break;
            default:
                instance.Freeze();
                break;
        }
    }

    private async Task ReplaceAsync(InstanceProcess instance, string ending)
    {
        if (ending == "frozen")
        {
            // It goes on, and believes for a moment that it leads; the outbox knows better by then.
            await NextAsync(Report.Published);
            instance.Thaw();
            return;
        }

        await instance.WaitForEndAsync();
        _instances.Remove(instance);
        instance.Dispose();
        StartOne();
    }

    private async Task StopAllAsync()
    {
        foreach (var instance in _instances)
        {
            instance.Stop();
        }

        await Task.WhenAll(_instances.Select(instance => instance.WaitForEndAsync()));
        while (_events.Reader.TryRead(out var said))
        {
            Note(said);
        }
    }

    private void Summarize()
    {
        var tokens = new Outbox(settings.OutboxPath).Tokens();
        var falls = tokens.Zip(tokens.Skip(1)).Count(pair => pair.Second < pair.First);
        Console.WriteLine($"published {tokens.Count} messages by {tokens.Distinct().Count()} leaders; tokens fell {falls} times; {_refused} writes of a leader that was none any more were refused");
    }
}
