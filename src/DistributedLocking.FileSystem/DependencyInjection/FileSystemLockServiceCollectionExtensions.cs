using DistributedLocking;
using DistributedLocking.FileSystem;
using DistributedLocking.FileSystem.DependencyInjection;
using DistributedLocking.Providers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers <see cref="IDistributedLock"/> on lock files.</summary>
/// <remarks>
/// Options are validated when the host starts, or else when the lock is first resolved. The directory is not touched
/// before the first acquire.
/// </remarks>
public static class FileSystemLockServiceCollectionExtensions
{
    /// <summary>Registers <see cref="IDistributedLock"/> on lock files in a directory.</summary>
    /// <param name="services">The services.</param>
    /// <param name="directory">The directory, which is made when it is missing.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddFileSystemLock(this IServiceCollection services, string directory) =>
        Add(services, serviceKey: null, In(directory));

    /// <summary>Registers <see cref="IDistributedLock"/> on lock files.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddFileSystemLock(this IServiceCollection services, Action<FileSystemLockOptions> configure) =>
        Add(services, serviceKey: null, NotNull(configure));

    /// <summary>
    /// Registers <see cref="IDistributedLock"/> on lock files, with options from a configuration section.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="section">
    /// The section. A key in it that is no option, and a value that can't be parsed, are errors.
    /// </param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddFileSystemLock(this IServiceCollection services, IConfiguration section) =>
        Add(services, serviceKey: null, From(section));

    /// <summary>Registers a keyed <see cref="IDistributedLock"/> on lock files in a directory.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key to resolve it with.</param>
    /// <param name="directory">The directory, which is made when it is missing.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedFileSystemLock(this IServiceCollection services, object serviceKey, string directory) =>
        Add(services, NotNull(serviceKey), In(directory));

    /// <summary>Registers a keyed <see cref="IDistributedLock"/> on lock files.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key to resolve it with.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedFileSystemLock(this IServiceCollection services, object serviceKey, Action<FileSystemLockOptions> configure) =>
        Add(services, NotNull(serviceKey), NotNull(configure));

    /// <summary>
    /// Registers a keyed <see cref="IDistributedLock"/> on lock files, with options from a configuration section.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key to resolve it with.</param>
    /// <param name="section">
    /// The section. A key in it that is no option, and a value that can't be parsed, are errors.
    /// </param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedFileSystemLock(this IServiceCollection services, object serviceKey, IConfiguration section) =>
        Add(services, NotNull(serviceKey), From(section));

    private static IServiceCollection Add(IServiceCollection services, object? serviceKey, Action<FileSystemLockOptions> configure) =>
        services.AddDistributedLock(
            serviceKey,
            new FileSystemLockOptionsValidator(),
            configure,
            static (provider, options) =>
                new FileSystemLockProvider(options, provider.GetService<ILoggerFactory>(), provider.GetService<TimeProvider>()));

    private static Action<FileSystemLockOptions> In(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        return options => options.Directory = directory;
    }

    private static Action<FileSystemLockOptions> From(IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return options =>
        {
            var reader = new LockOptionsSection(section);
            reader.ReadCommon(options);
            reader.ReadText(nameof(options.Directory), value => options.Directory = value);
            reader.ReadBoolean(nameof(options.UseNotifications), value => options.UseNotifications = value);
            reader.Complete(typeof(FileSystemLockOptions));
        };
    }

    private static T NotNull<T>(T value, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(value))] string? name = null)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return value;
    }
}
