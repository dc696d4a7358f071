using System.Reflection;

namespace DistributedLocking.TestKit;

/// <summary>The program that tests run as processes of their own: workers, holders, and Garnet's server.</summary>
public static class TestWorker
{
    /// <summary>Its assembly, which <c>dotnet</c> runs. The build names it.</summary>
    public static string Path { get; } =
        typeof(TestWorker).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == "Worker").Value!;
}
