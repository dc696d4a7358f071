using DistributedLocking.Providers;
using DistributedLocking.Redis.Quorum;
using DistributedLocking.Testing;

namespace DistributedLocking.Redis.Tests.Quorum;

public sealed class UnconfirmedReleasesTests : IAsyncLifetime
{
    private static readonly LeaseReference Ill = new("ill", "a");

    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _released = [];
    private readonly UnconfirmedReleases _owed;
    private bool _isRefused = true;

    public UnconfirmedReleasesTests() => _owed = new UnconfirmedReleases(
        (lease, _) =>
        {
            if (_isRefused && lease == Ill)
            {
                throw new DistributedLockUnavailableException("refused") { IsTransient = false };
            }

            _released.Add(lease.Key);
            return ValueTask.FromResult(true);
        },
        _time);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _owed.DisposeAsync();

    [Fact]
    public async Task A_release_that_was_refused_is_tried_again()
    {
        await _owed.AddAsync(Ill, TimeSpan.FromMinutes(1), isCertain: true);
        _time.Advance(TimeSpan.FromSeconds(20));

        _isRefused = false;
        _time.Advance(TimeSpan.FromSeconds(5));

        _released.ShouldBe(["ill"]);
        _owed.Contains(Ill).ShouldBeFalse();
    }

    [Fact]
    public async Task It_does_not_hold_up_the_others()
    {
        await _owed.AddAsync(Ill, TimeSpan.FromMinutes(1), isCertain: true);
        string[] others = [.. Enumerable.Range(0, 20).Select(i => $"key-{i}")];
        foreach (var key in others)
        {
            _owed.AddLater(new LeaseReference(key, "a"), TimeSpan.FromMinutes(1));
        }

        _time.Advance(TimeSpan.FromSeconds(1));

        _released.Order(StringComparer.Ordinal).ShouldBe(others.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task It_ends_with_the_lease()
    {
        await _owed.AddAsync(Ill, TimeSpan.FromMinutes(1), isCertain: true);

        _time.Advance(TimeSpan.FromMinutes(2));

        _owed.Contains(Ill).ShouldBeFalse();
    }
}
