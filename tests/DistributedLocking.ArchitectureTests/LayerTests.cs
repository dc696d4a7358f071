using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using DistributedLocking.Etcd;
using DistributedLocking.FileSystem;
using DistributedLocking.Hosting;
using DistributedLocking.MySql;
using DistributedLocking.PostgreSql;
using DistributedLocking.Redis;
using DistributedLocking.Sql;
using DistributedLocking.Testing;

namespace DistributedLocking.ArchitectureTests;

/// <summary>Who may know whom, read from the assemblies.</summary>
public sealed class LayerTests
{
    private static readonly Assembly Core = typeof(IDistributedLock).Assembly;

    private static readonly Assembly[] Packages =
    [
        Core,
        typeof(RedisLockOptions).Assembly,
        typeof(SqlLockOptions).Assembly,
        typeof(MySqlLockOptions).Assembly,
        typeof(PostgreSqlLockOptions).Assembly,
        typeof(EtcdLockOptions).Assembly,
        typeof(FileSystemLockOptions).Assembly,
        typeof(LeaderOptions).Assembly,
        typeof(ManualTimeProvider).Assembly,
    ];

    public static TheoryData<string> Providers =>
    [
        typeof(RedisLockOptions).Assembly.Location,
        typeof(SqlLockOptions).Assembly.Location,
        typeof(MySqlLockOptions).Assembly.Location,
        typeof(PostgreSqlLockOptions).Assembly.Location,
        typeof(EtcdLockOptions).Assembly.Location,
        typeof(FileSystemLockOptions).Assembly.Location,
    ];

    [Fact]
    public void The_core_imports_no_driver() =>
        Core.GetReferencedAssemblies().Select(assembly => assembly.Name!)
            .ShouldAllBe(name => name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Providers))]
    public void A_provider_uses_only_the_cores_root_and_its_provider_interface(string assembly)
    {
        var namespaces = ReferencesToCore(assembly).Distinct(StringComparer.Ordinal).ToList();

        namespaces.Contains("DistributedLocking.Providers", StringComparer.Ordinal).ShouldBeTrue();
        namespaces.ShouldAllBe(name => name == "DistributedLocking" || name == "DistributedLocking.Providers");
    }

    [Fact]
    public void Types_are_sealed_unless_they_are_made_to_be_derived_from()
    {
        var open = Packages
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false } && type.GetCustomAttribute<CompilerGeneratedAttribute>() is null)
            .Where(type => !type.Name.Contains('<', StringComparison.Ordinal))
            .Where(type => type.Namespace is not "DistributedLocking.Etcd.Protocol") // generated
            .Where(type => !typeof(Exception).IsAssignableFrom(type) && !typeof(DistributedLockOptions).IsAssignableFrom(type))
            .Where(type => !Packages.SelectMany(assembly => assembly.GetTypes()).Any(derived => IsDerived(derived, type)));

        open.Select(type => type.FullName).ShouldBeEmpty();
    }

    [Fact]
    public void A_source_file_is_rarely_over_250_lines()
    {
        var long_ = Repository.Sources.Select(path => (Path: Repository.Relative(path), Lines: File.ReadLines(path).Count())).Where(file => file.Lines > 250).ToList();

        long_.Count.ShouldBeLessThanOrEqualTo(3, string.Join(", ", long_));
        long_.ShouldAllBe(file => file.Lines <= 330);
    }

    private static bool IsDerived(Type derived, Type type) =>
        derived.BaseType is { } parent && (parent.IsGenericType ? parent.GetGenericTypeDefinition() : parent) == type;

    private static IEnumerable<string> ReferencesToCore(string assembly)
    {
        using var stream = File.OpenRead(assembly);
        using var file = new PEReader(stream);
        var reader = file.GetMetadataReader();
        foreach (var handle in reader.TypeReferences)
        {
            var reference = reader.GetTypeReference(handle);
            if (reference.ResolutionScope.Kind == HandleKind.AssemblyReference
                && reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)reference.ResolutionScope).Name) == "DistributedLocking")
            {
                yield return reader.GetString(reference.Namespace);
            }
        }
    }
}
