using System.CommandLine;
using DistributedLocking.Tool.Showing;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Tool.Commands;

/// <summary><c>dlock list</c>.</summary>
internal static class ListCommand
{
    internal static Command Create(StoreOptions store)
    {
        var prefix = new Option<string>("--prefix") { HelpName = "TEXT", Description = "Only keys that begin so", DefaultValueFactory = _ => "" };
        var json = new Option<bool>("--json") { Description = "As JSON: an array, or one a line while watching" };
        var watch = new Option<bool>("--watch") { Description = "Again each second, until it is stopped" };
        var command = new Command("list", "Shows who holds which lock.") { prefix, json, watch };
        store.AddTo(command);
        command.SetAction(async (result, _) =>
        {
            await using var services = store.Read(result).Open();
            var inspector = services.GetRequiredService<IDistributedLockInspector>();
            var output = result.GetValue(json) ? HolderOutput.Json : HolderOutput.Table;
            if (!result.GetValue(watch))
            {
                output.Write(await ReadAsync(CancellationToken.None));
                return ExitCode.Success;
            }

            using var stop = new StopSignal();
            await output.WatchAsync(ReadAsync, stop.Token);
            return ExitCode.Success;

            async Task<IReadOnlyList<LockHolder>> ReadAsync(CancellationToken cancellationToken)
            {
                List<LockHolder> holders = [];
                await foreach (var holder in inspector.ListAsync(result.GetValue(prefix)!, cancellationToken))
                {
                    holders.Add(holder);
                }

                return [.. holders.OrderBy(holder => holder.Key, StringComparer.Ordinal).ThenBy(holder => holder.Kind)];
            }
        });
        return command;
    }
}
