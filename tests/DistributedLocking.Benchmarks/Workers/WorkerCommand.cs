using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks.Workers;

/// <summary>
/// The command of a process of callers. It obeys its standard input: <see cref="Prepare"/>, answered by the same word,
/// then a turn's length in milliseconds, answered by its result as JSON in one line. A turn's lock and connections end
/// with it.
/// </summary>
internal static class WorkerCommand
{
    internal const string Prepare = "prepare";

    private const string Name = "worker";

    private static readonly Option<string> Plan = new("--plan") { Required = true };

    internal static Command Create()
    {
        var database = DatabaseOption.Create(Store.Names);
        var command = new Command(Name, "Callers of a contended scenario, which starts it.") { database, Plan };
        command.Hidden = true;
        command.SetAction((arguments, _) => StoreUser.RunAsync(arguments.GetValue(database)!, async store =>
        {
            var plan = JsonSerializer.Deserialize<WorkerPlan>(arguments.GetValue(Plan)!)!;
            while (await Console.In.ReadLineAsync() is Prepare)
            {
                await using var contending = new ContendingCallers(
                    store.CreateLock(new LockUse(plan.Mode) { HandOver = plan.HandOver }), plan);
                await contending.WarmUpAsync();
                Console.WriteLine(Prepare);
                var length = TimeSpan.FromMilliseconds(int.Parse(await Console.In.ReadLineAsync() ?? "0", CultureInfo.InvariantCulture));
                Console.WriteLine(JsonSerializer.Serialize(await contending.RunAsync(length)));
            }
        }));
        return command;
    }

    internal static string[] Arguments(WorkerPlan plan) => [Name, Plan.Name, JsonSerializer.Serialize(plan)];
}
