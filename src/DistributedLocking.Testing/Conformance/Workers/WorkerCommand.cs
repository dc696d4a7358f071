namespace DistributedLocking.Testing.Conformance.Workers;

/// <summary>
/// How to start a worker: a program that makes the provider's lock and gives it to
/// <see cref="LockWorker.RunAsync(IDistributedLock)"/>.
/// </summary>
/// <param name="FileName">The program.</param>
/// <param name="Arguments">Its arguments, such as the address of the store.</param>
public sealed record WorkerCommand(string FileName, IReadOnlyList<string> Arguments)
{
    /// <summary>
    /// Starts a .NET assembly by the <c>dotnet</c> host that runs this process, or else by the one on the path.
    /// </summary>
    /// <param name="path">The assembly's path; its <c>.runtimeconfig.json</c> lies beside it.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>The command.</returns>
    public static WorkerCommand ForAssembly(string path, params IReadOnlyList<string> arguments)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(arguments);
        var host = Environment.ProcessPath is { } process
            && string.Equals(Path.GetFileNameWithoutExtension(process), "dotnet", StringComparison.OrdinalIgnoreCase)
                ? process
                : "dotnet";
        return new WorkerCommand(host, [path, .. arguments]);
    }
}
