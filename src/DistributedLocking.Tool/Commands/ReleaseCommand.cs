using System.CommandLine;
using DistributedLocking.Tool.Showing;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Tool.Commands;

/// <summary><c>dlock release KEY --force</c>.</summary>
internal static class ReleaseCommand
{
    internal static Command Create(StoreOptions store)
    {
        var key = new Argument<string>("KEY") { Description = "The key" };
        var force = new Option<bool>("--force") { Description = "Required: the holder may be at work still, and learns of it at its next renewal only" };
        var yes = new Option<bool>("--yes") { Description = "Does not ask on a terminal" };
        var command = new Command("release", "Takes a key away from all that hold it.") { key, force, yes };
        store.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            if (!result.GetValue(force))
            {
                throw new UsageException("a lock is its holder's to release; --force takes it away.");
            }

            await using var services = store.Read(result).Open();
            var inspector = services.GetRequiredService<IDistributedLockInspector>();
            var name = result.GetValue(key)!;
            if (!result.GetValue(yes) && !Console.IsInputRedirected && !Confirm(await inspector.FindAsync(name, cancellationToken)))
            {
                return ExitCode.NotHeld;
            }

            var released = await inspector.ForceReleaseAsync(name, cancellationToken);
            Console.WriteLine(released == 0 ? $"nobody holds '{name}'" : $"taken from {released} of '{name}'");
            return released == 0 ? ExitCode.NotHeld : ExitCode.Success;
        });
        return command;
    }

    private static bool Confirm(IReadOnlyList<LockHolder> holders)
    {
        HolderOutput.Table.Write(holders);
        Console.Write("Take it away? [y/N] ");
        return holders.Count > 0 && Console.ReadLine() is "y" or "Y" or "yes";
    }
}
