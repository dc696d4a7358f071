using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Stores;
using DistributedLocking.Benchmarks.Subjects;

namespace DistributedLocking.Benchmarks.HandOff;

/// <summary>
/// The command of a process that holds a lock, or waits for it. It obeys its standard input:
/// <list type="bullet">
/// <item><see cref="Hold"/> and milliseconds: acquires, answers, and releases after that time;</item>
/// <item><see cref="Released"/>: answers when release was called, once it is over;</item>
/// <item><see cref="Wait"/>: waits for the lock, releases it, and answers when acquire returned;</item>
/// <item><see cref="Compiled"/>: answers how many methods the process has compiled since it was asked last.</item>
/// </list>
/// Times are timestamps of the monotonic clock that all processes of a machine share.
/// </summary>
internal static class PeerCommand
{
    internal const string Hold = "hold";
    internal const string Released = "released";
    internal const string Wait = "wait";
    internal const string Compiled = "compiled";

    private const string Key = "handed";
    private const string Name = "peer";

    private static readonly Option<string> Mode = new("--mode") { Required = true };
    private static readonly Option<string> Lock = new("--lock") { Required = true };

    internal static Command Create()
    {
        var database = DatabaseOption.Create(Store.AllNames);
        var command = new Command(Name, "A holder or a waiter of the hand-off scenario, which starts it.") { database, Mode, Lock };
        command.Hidden = true;
        command.SetAction((arguments, _) => StoreUser.RunAsync(arguments.GetValue(database)!, async store =>
        {
            await using var locks = await store.CreateWaitingLockAsync(arguments.GetValue(Mode)!, arguments.GetValue(Lock)!);
            await ObeyAsync(locks, arguments.GetValue(Lock)!);
        }));
        return command;
    }

    internal static string[] Arguments(string mode, string name) => [Name, Mode.Name, mode, Lock.Name, name];

    private static async Task ObeyAsync(IWaitingLock locks, string name)
    {
        var key = $"{Key}:{name}";
        var compiled = CompiledMethods.Watch();
        var releasing = Task.FromResult(0L);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            switch (line.Split(' '))
            {
                case [Hold, var milliseconds]:
                    await locks.AcquireAsync(key);
                    releasing = ReleaseAsync(locks, key, TimeSpan.FromMilliseconds(int.Parse(milliseconds, CultureInfo.InvariantCulture)));
                    Answer(0);
                    break;
                case [Released]:
                    Answer(await releasing);
                    break;
                case [Wait]:
                    await locks.AcquireAsync(key);
                    var acquired = Stopwatch.GetTimestamp();
                    await locks.ReleaseAsync(key);
                    Answer(acquired);
                    break;
                case [Compiled]:
                    Answer(compiled.Count);
                    compiled = CompiledMethods.Watch();
                    break;
                default:
                    throw new InvalidOperationException($"Unknown order: {line}");
            }
        }
    }

    private static async Task<long> ReleaseAsync(IWaitingLock locks, string key, TimeSpan hold)
    {
        await Task.Delay(hold, TimeProvider.System);
        var called = Stopwatch.GetTimestamp();
        await locks.ReleaseAsync(key);
        return called;
    }

    private static void Answer(long number) => Console.WriteLine(number.ToString(CultureInfo.InvariantCulture));
}
