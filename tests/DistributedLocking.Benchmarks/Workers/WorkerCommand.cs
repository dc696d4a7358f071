using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace DistributedLocking.Benchmarks.Workers;

/// <summary>
/// The command of a process of callers. It obeys its standard input: <see cref="Prepare"/>, answered by the same word, then a turn's length in
/// milliseconds, answered by its result as JSON in one line. A turn's lock and connections end with it.
/// </summary>
internal static class WorkerCommand
{
    internal const string Name = "worker";
    internal const string Prepare = "prepare";

    internal static Command Create()
    {
        var database = DatabaseOption.Create();
        var mode = new Option<string>("--mode") { Required = true };
        var callers = new Option<int>("--callers") { Required = true };
        var command = new Command(Name, "Callers of a contended scenario, which starts it.") { database, mode, callers };
        command.Hidden = true;
        command.SetAction((arguments, _) => StoreUser.RunAsync(arguments.GetValue(database)!, async store =>
        {
            while (await Console.In.ReadLineAsync() is Prepare)
            {
                await using var contending = new ContendingCallers(
                    store.CreateLock(arguments.GetValue(mode)!, isContended: true), arguments.GetValue(callers));
                await contending.WarmUpAsync();
                Console.WriteLine(Prepare);
                var length = TimeSpan.FromMilliseconds(int.Parse(await Console.In.ReadLineAsync() ?? "0", CultureInfo.InvariantCulture));
                Console.WriteLine(JsonSerializer.Serialize(await contending.RunAsync(length)));
            }
        }));
        return command;
    }
}
