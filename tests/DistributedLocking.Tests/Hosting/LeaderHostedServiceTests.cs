using System.Collections.Concurrent;
using DistributedLocking.Hosting;
using DistributedLocking.InMemory;
using DistributedLocking.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Tests.Hosting;

public sealed class LeaderHostedServiceTests : IDisposable
{
    private readonly InMemoryLockStore _store = new();
    private readonly Journal _journal = new();
    private readonly RecordingLogger _logs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Of_two_hosts_one_runs_the_service_and_hands_over_when_it_stops()
    {
        using var first = Host<Publisher>();
        await first.StartAsync(Cancel);
        var one = await _journal.NextAsync("began");
        using var second = Host<Publisher>();
        await second.StartAsync(Cancel);

        await first.StopAsync(Cancel);

        (await _journal.NextAsync("ended")).ShouldBe(one);
        (await _journal.NextAsync("disposed")).ShouldBe(one);
        (await _journal.NextAsync("began")).ShouldBeGreaterThan(one);
        await second.StopAsync(Cancel);
        _store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Each_term_has_an_instance_and_a_scope_of_its_own_in_which_its_leadership_can_be_injected()
    {
        using var host = Host<Brief>();
        await host.StartAsync(Cancel);

        var first = await _journal.NextAsync("brief");
        var second = await _journal.NextAsync("brief");

        second.ShouldBeGreaterThan(first);
        (await _journal.NextAsync("scope")).ShouldBe(first);
        await host.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_hosted_service_without_a_task_of_its_own_is_stopped_at_the_end_of_its_term()
    {
        using var host = Host<Plain>();
        await host.StartAsync(Cancel);
        await _journal.NextAsync("started");

        await host.StopAsync(Cancel);

        await _journal.NextAsync("stopped");
        _store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_service_that_fails_stops_the_host_as_any_other_does_and_leaves_the_lock()
    {
        using var host = Host<Failing>();
        var stopping = new TaskCompletionSource();
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);

        await host.StartAsync(Cancel);

        await stopping.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancel);
        _store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Work_that_does_not_stop_is_told_of_and_does_not_hold_up_the_host()
    {
        using var host = Host<Stubborn>(options => options.StopTimeout = TimeSpan.FromMilliseconds(50));
        await host.StartAsync(Cancel);
        await _journal.NextAsync("stubborn");

        await host.StopAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancel);

        await Journal.WaitAsync(() => _logs.CountOf(5003) == 1);
        _journal.Release.SetResult();
        await Journal.WaitAsync(() => _store.Count == 0);
    }

    [Fact]
    public async Task Wrong_options_fail_at_the_start_and_are_named()
    {
        using var host = Host<Publisher>(options => options.StopTimeout = TimeSpan.FromSeconds(-5));

        var failure = await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync(Cancel));

        failure.Message.ShouldContain("outbox");
        failure.Message.ShouldContain("LeaderOptions.StopTimeout -00:00:05");
    }

    [Fact]
    public async Task The_lock_can_be_a_keyed_one()
    {
        var builder = Builder();
        builder.Services.AddKeyedInMemoryLock("leaders");
        builder.Services.AddLeaderHostedService<Publisher>("outbox", options => options.ServiceKey = "leaders");
        using var host = builder.Build();
        await host.StartAsync(Cancel);

        await _journal.NextAsync("began");

        await host.StopAsync(Cancel);
    }

    [Fact]
    public async Task Outside_of_a_term_there_is_no_leadership_to_inject()
    {
        using var host = Host<Publisher>();
        await using var scope = host.Services.CreateAsyncScope();

        Should.Throw<InvalidOperationException>(() => scope.ServiceProvider.GetRequiredService<ILeadership>()).Message.ShouldContain("term");
    }

    private HostApplicationBuilder Builder()
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(_journal);
        builder.Services.AddSingleton<ILoggerFactory>(_logs);
        builder.Services.AddScoped<ScopeProbe>();
        return builder;
    }

    private IHost Host<TService>(Action<LeaderOptions>? configure = null)
        where TService : class, IHostedService
    {
        var builder = Builder();
        builder.Services.AddInMemoryLock(options => options.Store = _store);
        builder.Services.AddLeaderHostedService<TService>("outbox", configure);
        return builder.Build();
    }

    /// <summary>What the services of a test have done.</summary>
    private sealed class Journal
    {
        private readonly ConcurrentDictionary<string, ConcurrentQueue<long>> _entries = new(StringComparer.Ordinal);

        internal TaskCompletionSource Release { get; } = new();

        internal void Add(string what, long token) => _entries.GetOrAdd(what, _ => new()).Enqueue(token);

        internal async Task<long> NextAsync(string what)
        {
            long token = 0;
            await WaitAsync(() => _entries.GetOrAdd(what, _ => new()).TryDequeue(out token));
            return token;
        }

        internal static async Task WaitAsync(Func<bool> condition)
        {
            for (var i = 0; i < 6_000 && !condition(); i++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancel);
            }
        }
    }

    private sealed class ScopeProbe(ILeadership leadership, Journal journal) : IDisposable
    {
        public void Dispose() => journal.Add("scope", leadership.FencingToken);
    }

    private sealed class Publisher(ILeadership leadership, Journal journal) : BackgroundService
    {
        public override void Dispose()
        {
            journal.Add("disposed", leadership.FencingToken);
            base.Dispose();
        }

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            journal.Add("began", leadership.FencingToken);
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stoppingToken);
            }
            finally
            {
                journal.Add("ended", leadership.FencingToken);
            }
        }
    }

    private sealed class Brief(ILeadership leadership, Journal journal, ScopeProbe probe) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken)
        {
            _ = probe;
            journal.Add("brief", leadership.FencingToken);
            return Task.CompletedTask;
        }
    }

    private sealed class Plain(Journal journal) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            journal.Add("started", 0);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            journal.Add("stopped", 0);
            return Task.CompletedTask;
        }
    }

    private sealed class Failing : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => throw new InvalidTimeZoneException("the service's own");
    }

    private sealed class Stubborn(Journal journal) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken)
        {
            journal.Add("stubborn", 0);
            return journal.Release.Task;
        }
    }
}
