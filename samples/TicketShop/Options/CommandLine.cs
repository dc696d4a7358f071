using System.CommandLine;
using TicketShop.Demo;
using TicketShop.Shop;

namespace TicketShop.Options;

/// <summary>The program's command line.</summary>
internal static class CommandLine
{
    /// <summary>The hidden command that makes this executable one instance of the shop.</summary>
    internal const string InstanceCommand = "instance";

    /// <summary>The page and two instances have a port each.</summary>
    private const int LargestPort = 65_535 - 2;

    private static readonly Option<int> Port = new("--port")
    {
        HelpName = "number",
        Description = "Port of the page; the two instances take the next ones. 0: any free ones",
        DefaultValueFactory = _ => 5080,
    };

    private static readonly Option<string> Lock = Choice<LockKind>("--lock", "Where the lock is kept");
    private static readonly Option<string> Database = Choice<DatabaseKind>("--database", "Where tickets and payments are kept");
    private static readonly Option<string> Redis = Connection("--redis", "localhost:6379");
    private static readonly Option<string> Etcd = Connection("--etcd", "http://localhost:2379");
    private static readonly Option<string> MySql = Connection("--mysql", "Server=localhost;User ID=root;Password=locks;Database=locks");
    private static readonly Option<string> Postgres = Connection("--postgres", "Host=localhost;Username=postgres;Password=locks;Database=locks");

    private static readonly Option<double> TimeToLive = new("--time-to-live")
    {
        HelpName = "seconds",
        Description = "The lock's time to live; a freeze lasts for twice as long",
        DefaultValueFactory = _ => 2,
    };

    private static readonly Option<bool> StopOneSale = new("--stop-one-sale")
    {
        Description = "A freeze stops one sale instead of the process, and the lock is not renewed meanwhile. Windows has no other way",
        DefaultValueFactory = _ => OperatingSystem.IsWindows(),
    };

    /// <summary>Runs the program.</summary>
    /// <returns>The process's exit code: 2 for a wrong option or a port that is taken.</returns>
    internal static async Task<int> InvokeAsync(string[] arguments)
    {
        try
        {
            var result = CreateRoot().Parse(arguments);
            if (result.Errors is [var error, ..])
            {
                throw new ShopException(error.Message.TrimEnd('.'), ShopException.BadOption);
            }

            // Ctrl+C is the web server's. A bug should show its stack trace.
            return await result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        }
        catch (ShopException exception)
        {
            await Console.Error.WriteLineAsync($"error: {exception.Message}");
            return exception.ExitCode;
        }
    }

    private static RootCommand CreateRoot()
    {
        var root = new RootCommand("Two instances of a ticket shop sell the same seats at the same time, and a page shows what a lock saves. Ctrl+C ends it.")
        {
            Port, Lock, Database, Redis, Etcd, MySql, Postgres, TimeToLive, StopOneSale,
        };
        root.SetAction((result, cancellationToken) => DemoProgram.RunAsync(Bind(result), cancellationToken));

        var instance = new Command(InstanceCommand) { Hidden = true };
        instance.SetAction(_ => ShopProgram.RunAsync());
        root.Add(instance);
        return root;
    }

    private static ShopOptions Bind(ParseResult result) => new()
    {
        Port = Check(result.GetValue(Port), port => port is >= 0 and <= LargestPort, $"--port must be a number from 0 to {LargestPort}"),
        Lock = Choose<LockKind>(result, Lock),
        Database = Choose<DatabaseKind>(result, Database),
        Redis = result.GetValue(Redis)!,
        Etcd = result.GetValue(Etcd)!,
        MySql = result.GetValue(MySql)!,
        Postgres = result.GetValue(Postgres)!,
        TimeToLive = TimeSpan.FromSeconds(Check(result.GetValue(TimeToLive), seconds => seconds is >= 0.5 and <= 30, "--time-to-live must be from 0.5 to 30 seconds")),
        StopsProcess = !result.GetValue(StopOneSale),
    };

    private static T Check<T>(T value, Predicate<T> isRight, string message) => isRight(value) ? value : throw new ShopException(message, ShopException.BadOption);

    private static Option<string> Choice<T>(string name, string description)
        where T : struct, Enum => new(name) { HelpName = string.Join('|', Names<T>()), Description = description, DefaultValueFactory = _ => Names<T>()[0] };

    private static T Choose<T>(ParseResult result, Option<string> option)
        where T : struct, Enum
    {
        var index = Array.IndexOf(Names<T>(), result.GetValue(option)!.ToLowerInvariant());
        return Enum.GetValues<T>()[Check(index, found => found >= 0, $"{option.Name} must be one of {string.Join(", ", Names<T>())}")];
    }

    private static string[] Names<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(name => name.ToLowerInvariant())];

    /// <summary>From an environment variable too, which keeps a password out of the list of processes.</summary>
    private static Option<string> Connection(string name, string otherwise)
    {
        var variable = "SHOP_" + name.TrimStart('-').ToUpperInvariant();
        return new Option<string>(name)
        {
            HelpName = "connection",
            Description = $"Where that server is [{variable}, default: {otherwise}]",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set ? set : otherwise,
        };
    }
}
