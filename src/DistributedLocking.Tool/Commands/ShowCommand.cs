using System.CommandLine;
using DistributedLocking.Tool.Showing;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Tool.Commands;

/// <summary><c>dlock show KEY</c>.</summary>
internal static class ShowCommand
{
    internal static Command Create(StoreOptions store)
    {
        var key = new Argument<string>("KEY") { Description = "The key" };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("show", "Shows who holds a key.") { key, json };
        store.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var services = store.Read(result).Open();
            var holders = await services.GetRequiredService<IDistributedLockInspector>().FindAsync(result.GetValue(key)!, cancellationToken);
            (result.GetValue(json) ? HolderOutput.Json : HolderOutput.Table).Write(holders);
            return ExitCode.Success;
        });
        return command;
    }
}
