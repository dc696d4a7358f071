using System.CommandLine;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Scenarios;

namespace DistributedLocking.Benchmarks;

/// <summary>
/// The command that runs one scenario and prints its table, and its figures beside their targets where it has some.
/// </summary>
internal static class ScenarioCommand
{
    internal static Command Create(IScenario scenario)
    {
        var database = DatabaseOption.Create(scenario.Stores);
        var output = new ReportOutput();
        var repetitions = Number("--repetitions", "How often each contender has its turn; the table shows medians.", scenario.DefaultRepetitions, 1, 1000);
        var slice = Number("--slice", scenario.SliceDescription, (int)scenario.DefaultSlice.TotalMilliseconds, 10, 600_000);
        var network = Number("--network", "How many milliseconds bytes travel to the server, and back.", 0, 0, 1000);
        var quantity = scenario.Quantity is { } own ? Number($"--{own.Name}", $"How many {own.Name}.", own.Default, 1, 10_000_000) : null;
        var command = new Command(scenario.Name, scenario.Description) { database, repetitions, slice, network };
        output.AddTo(command);
        if (quantity is not null)
        {
            command.Options.Add(quantity);
        }

        command.SetAction((arguments, cancellationToken) => StoreUser.RunAsync(
            arguments.GetValue(database)!,
            async store =>
            {
                var context = new ScenarioContext(
                    store,
                    arguments.GetValue(repetitions),
                    TimeSpan.FromMilliseconds(arguments.GetValue(slice)),
                    quantity is null ? 0 : arguments.GetValue(quantity));
                var report = await scenario.RunAsync(context, cancellationToken);
                ReportTable[] tables = report.Findings is [] ? [report.Table] : [report.Table, FindingsTable.Create(store.Description, report.Findings)];
                output.Write(arguments, tables);
            },
            TimeSpan.FromMilliseconds(arguments.GetValue(network))));
        return command;
    }

    private static Option<int> Number(string name, string description, int value, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var given && (given < least || given > most))
            {
                result.AddError($"{name} must be between {least} and {most}.");
            }
        });
        return option;
    }
}
