using System.CommandLine;
using DistributedLocking.Tool.Running;

namespace DistributedLocking.Tool.Commands;

/// <summary><c>dlock run KEY -- command</c>.</summary>
internal static class RunCommand
{
    internal static Command Create(StoreOptions store)
    {
        var key = new Argument<string>("KEY") { Description = "What to lock" };
        var line = new Argument<string[]>("COMMAND") { Description = "What to run, after --", Arity = ArgumentArity.OneOrMore };
        var wait = Duration("--wait", "How long to wait for the lock; 0 for one look. Default: without a limit");
        var timeToLive = Duration("--ttl", "The lease, which is renewed while the command runs: how long the lock outlives dlock itself. Default: 30s");
        var grace = Duration("--grace", "How long the command has after SIGTERM, when the lock is lost, until SIGKILL. Default: 10s");
        var semaphore = new Option<int?>("--semaphore") { HelpName = "N", Description = "One of N permits, instead of the lock" };
        var read = new Option<bool>("--read") { Description = "The reader-writer lock, to read" };
        var write = new Option<bool>("--write") { Description = "The reader-writer lock, to write" };
        var ifHeld = new Option<string?>("--if-held") { Description = "What to do when somebody else holds the lock to the end of the wait (0 unless it is given): fail with 75, or skip with 0" };
        ifHeld.AcceptOnlyFromAmong("fail", "skip");
        var command = new Command("run", "Runs a command while it holds a lock, and ends with the command's exit code.")
        {
            key, line, wait, timeToLive, grace, semaphore, read, write, ifHeld,
        };
        store.AddTo(command);
        command.SetAction((result, _) =>
        {
            if (new[] { result.GetValue(semaphore) is not null, result.GetValue(read), result.GetValue(write) }.Count(given => given) > 1)
            {
                throw new UsageException("one of --semaphore, --read and --write.");
            }

            var request = new LockRequest(result.GetValue(key)!)
            {
                Permits = result.GetValue(semaphore),
                Kind = result.GetValue(semaphore) is not null ? LockHolderKind.Permit
                    : result.GetValue(read) ? LockHolderKind.Reader
                    : result.GetValue(write) ? LockHolderKind.Writer
                    : LockHolderKind.Lock,
                TimeToLive = result.GetValue(timeToLive) ?? TimeSpan.FromSeconds(30),
                Wait = result.GetValue(wait) ?? (result.GetValue(ifHeld) is null ? Timeout.InfiniteTimeSpan : TimeSpan.Zero),
            };
            return LockedRun.RunAsync(
                store.Read(result),
                request,
                result.GetValue(line)!,
                grace: result.GetValue(grace) ?? TimeSpan.FromSeconds(10),
                exitCodeIfHeld: result.GetValue(ifHeld) is "skip" ? ExitCode.Success : ExitCode.Held);
        });
        return command;
    }

    private static Option<TimeSpan?> Duration(string name, string description) =>
        new(name) { HelpName = "DURATION", Description = description, CustomParser = DurationText.Parse };
}
