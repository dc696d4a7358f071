using System.CommandLine;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Tool.Commands;

/// <summary>The command line, and what its failures end with.</summary>
internal static class DlockCommand
{
    internal static async Task<int> InvokeAsync(string[] arguments)
    {
        try
        {
            var result = Create().Parse(arguments);
            if (result.Errors is [var error, ..])
            {
                throw new UsageException(error.Message);
            }

            // Signals are ours, or the command's.
            return await result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is UsageException or NotSupportedException or OptionsValidationException or ArgumentException)
        {
            return await FailAsync(e.Message, ExitCode.Usage);
        }
        catch (DistributedLockUnavailableException e)
        {
            return await FailAsync(e.Message, ExitCode.Unavailable);
        }
    }

    internal static async Task<int> FailAsync(string message, int exitCode)
    {
        await Console.Error.WriteLineAsync($"dlock: {message}");
        return exitCode;
    }

    private static RootCommand Create()
    {
        var store = new StoreOptions();
        return new RootCommand(
            "Runs a command under a distributed lock, and shows who holds which. Where the locks are is said by one of --redis, --postgres, --mysql, --etcd "
            + "and --files, or by its environment variable, which keeps a password out of the list of processes.")
        {
            RunCommand.Create(store),
            ListCommand.Create(store),
            ShowCommand.Create(store),
            ReleaseCommand.Create(store),
        };
    }
}
