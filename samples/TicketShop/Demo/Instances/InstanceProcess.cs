using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using TicketShop.Options;
using TicketShop.Shop;
using TicketShop.Shop.Events;

namespace TicketShop.Demo.Instances;

/// <summary>The demo's side of one instance of the shop, which is a process of its own.</summary>
internal sealed class InstanceProcess : IAsyncDisposable
{
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private Task output = Task.CompletedTask;

    private InstanceProcess(string name, Process process)
    {
        Name = name;
        this.process = process;
        Http = new HttpClient { Timeout = TimeSpan.FromMinutes(3) };
    }

    internal string Name { get; }

    internal int Id => process.Id;

    internal Uri Address => Http.BaseAddress!;

    internal HttpClient Http { get; }

    /// <summary>Ends when the process does.</summary>
    internal Task Ended => output;

    /// <summary>Starts the process and waits until it listens.</summary>
    /// <exception cref="ShopException">It can't listen.</exception>
    internal static async Task<InstanceProcess> StartAsync(InstanceOptions options, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };

        // Under "dotnet TicketShop.dll" the process is the host, and has to be told what to run.
        if (string.Equals(Path.GetFileNameWithoutExtension(Environment.ProcessPath), "dotnet", StringComparison.OrdinalIgnoreCase))
        {
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        }

        start.ArgumentList.Add(CommandLine.InstanceCommand);
        var instance = new InstanceProcess(options.Name, Process.Start(start)!);
        try
        {
            await instance.process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(options).AsMemory(), cancellationToken);
            await instance.process.StandardInput.FlushAsync(cancellationToken);
            await instance.ListenAsync(cancellationToken);
            return instance;
        }
        catch
        {
            await instance.DisposeAsync();
            throw;
        }
    }

    internal async Task<List<ShopEvent>> ReadEventsAsync(CancellationToken cancellationToken) =>
        await Http.GetFromJsonAsync<List<ShopEvent>>("events", cancellationToken) ?? [];

    internal async Task ClearEventsAsync(CancellationToken cancellationToken)
    {
        using var response = await Http.DeleteAsync(new Uri("events", UriKind.Relative), cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Closes the process's standard input, which ends it, and kills it when it does not end.</summary>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync().WaitAsync(ExitTimeout, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            process.Kill();
        }

        process.Dispose();
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith(ShopProgram.Ready, StringComparison.Ordinal))
            {
                Http.BaseAddress = new Uri(line[ShopProgram.Ready.Length..]);
                output = PassOnAsync();
                return;
            }

            if (line.StartsWith(ShopProgram.Failed, StringComparison.Ordinal))
            {
                throw new ShopException(line[ShopProgram.Failed.Length..], ShopException.BadOption);
            }

            Console.WriteLine($"[{Name}] {line}");
        }

        throw new ShopException($"instance {Name} ended before it listened");
    }

    /// <summary>What an instance logs is shown with its name.</summary>
    private async Task PassOnAsync()
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            Console.WriteLine($"[{Name}] {line}");
        }
    }
}
