using System.CommandLine;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Scenarios;

namespace DistributedLocking.Benchmarks;

/// <summary>The command that runs one scenario and prints its table.</summary>
internal static class ScenarioCommand
{
    internal static Command Create(IScenario scenario)
    {
        var database = DatabaseOption.Create();
        var json = new Option<bool>("--json") { Description = "Print the table as JSON." };
        var repetitions = new Option<int>("--repetitions")
        {
            Description = "How often each subject has its turn; the table shows medians.",
            DefaultValueFactory = _ => scenario.DefaultRepetitions,
        };
        var slice = new Option<int>("--slice")
        {
            Description = "The length of a turn in milliseconds.",
            DefaultValueFactory = _ => (int)scenario.DefaultSlice.TotalMilliseconds,
        };
        repetitions.Validators.Add(result => CheckRange(result, repetitions, 1, 1000));
        slice.Validators.Add(result => CheckRange(result, slice, 10, 10_000));
        var command = new Command(scenario.Name, scenario.Description) { database, json, repetitions, slice };
        command.SetAction((arguments, cancellationToken) => StoreUser.RunAsync(arguments.GetValue(database)!, async store =>
        {
            var context = new ScenarioContext(store, arguments.GetValue(repetitions), TimeSpan.FromMilliseconds(arguments.GetValue(slice)));
            Write(await scenario.RunAsync(context, cancellationToken), arguments.GetValue(json));
        }));
        return command;
    }

    private static void CheckRange(System.CommandLine.Parsing.OptionResult result, Option<int> option, int least, int most)
    {
        if (result.GetValueOrDefault<int>() is var value && (value < least || value > most))
        {
            result.AddError($"{option.Name} must be between {least} and {most}.");
        }
    }

    private static void Write(ReportTable table, bool json)
    {
        if (json)
        {
            JsonReport.Write(table, Console.Out);
        }
        else
        {
            ConsoleReport.Write(table);
        }
    }
}
