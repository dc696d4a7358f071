using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DistributedLocking.DependencyInjection;

/// <summary>
/// What one registration of locks has put into the services. A later one for the same service key takes all of that
/// out, so that no options are a mixture, and nobody checks the options of a lock that nobody gets.
/// </summary>
internal sealed class LockRegistration
{
    private readonly IServiceCollection _services;
    private readonly object? _serviceKey;
    private readonly List<ServiceDescriptor> _parts = [];

    private LockRegistration(IServiceCollection services, object? serviceKey)
    {
        _services = services;
        _serviceKey = serviceKey;
    }

    /// <summary>Whether callers get this lock: the application may have registered one of its own after it.</summary>
    internal bool IsCurrent => _services.LastOrDefault(IsLock) is { } last && _parts.Contains(last);

    /// <summary>Registers a lock in the place of the one that was registered for the service key before.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key of a keyed registration, or null.</param>
    /// <param name="add">Adds what belongs to this registration alone.</param>
    internal static void Add(IServiceCollection services, object? serviceKey, Action<LockRegistration> add)
    {
        Find(services, serviceKey)?._parts.ForEach(part => services.Remove(part));
        services.AddOptions();
        var registration = new LockRegistration(services, serviceKey);
        var start = services.Count;
        add(registration);
        services.AddSingleton(registration);

        // The validator of all options of the application is added with the first that want it.
        registration._parts.AddRange(services.Skip(start).Where(part => part.ServiceType != typeof(IStartupValidator)));
    }

    /// <summary>Adds a singleton, a keyed one where the registration is.</summary>
    internal void Add<TService>(Func<IServiceProvider, TService> create)
        where TService : class
    {
        if (_serviceKey is null)
        {
            _services.AddSingleton(create);
        }
        else
        {
            _services.AddKeyedSingleton(_serviceKey, (provider, _) => create(provider));
        }
    }

    private static LockRegistration? Find(IServiceCollection services, object? serviceKey) => services
        .Select(part => part.IsKeyedService ? null : part.ImplementationInstance as LockRegistration)
        .FirstOrDefault(registration => registration is not null && Equals(registration._serviceKey, serviceKey));

    private bool IsLock(ServiceDescriptor part) =>
        part.ServiceType == typeof(IDistributedLock) && part.IsKeyedService == _serviceKey is not null && Equals(part.ServiceKey, _serviceKey);
}
