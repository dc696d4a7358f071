using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Leases;
using DistributedLocking.Testing;

namespace DistributedLocking.Sql.Tests.Leases;

public sealed class TokenProposalsTests
{
    private const string Key = "key";
    private const long Now = 1_700_000_000_000_000;

    private static readonly LeaseState Granted = new(Now, null, Now);
    private static readonly LeaseState Refused = new(null, TimeSpan.FromSeconds(7), Now);

    private readonly ManualTimeProvider _time = new();
    private readonly TokenProposals _proposals;

    public TokenProposalsTests() => _proposals = new TokenProposals(_time);

    [Fact]
    public void A_key_that_was_not_granted_here_has_none()
    {
        Note("other", Granted, 1);

        _proposals.First(Key).ShouldBeNull();
    }

    [Fact]
    public void The_first_goes_on_from_the_answer_since_it_was_asked_for_and_rather_too_fast()
    {
        _time.Advance(TimeSpan.FromHours(3));
        var sentAt = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(2));
        _proposals.Note(Key, Granted, 1, sentAt);
        _proposals.First(Key).ShouldBe(Now + 2002);

        _time.Advance(TimeSpan.FromMilliseconds(1.5));
        _proposals.First(Key).ShouldBe(Now + 3503);
    }

    [Fact]
    public void An_answer_serves_for_a_minute()
    {
        Note(Key, Granted, 1);
        _time.Advance(TokenProposals.LongestAge);
        _proposals.First(Key).ShouldBe(Now + 60_060_000);

        _time.Advance(TimeSpan.FromTicks(1));
        _proposals.First(Key).ShouldBeNull();

        Note(Key, Granted, 1);
        _proposals.First(Key).ShouldBe(Now);
    }

    [Fact]
    public void A_refusal_ends_them_for_its_key()
    {
        Note(Key, Granted, 1);
        Note("other", Granted, 1);
        Note(Key, Refused, 1);

        _proposals.First(Key).ShouldBeNull();
        _proposals.First("other").ShouldBe(Now);
    }

    [Fact]
    public void A_mark_ahead_of_the_clock_ends_them()
    {
        Note(Key, new LeaseState(Now + 127, null, Now), 128);
        _proposals.First(Key).ShouldBe(Now);

        Note(Key, new LeaseState(Now + 128, null, Now), 128);
        _proposals.First(Key).ShouldBeNull();
    }

    [Fact]
    public void A_database_that_does_not_tell_its_clock_has_none()
    {
        Note(Key, new LeaseState(Now, null), 1);

        _proposals.First(Key).ShouldBeNull();
    }

    private void Note(string key, LeaseState lease, int tokens) => _proposals.Note(key, lease, tokens, _time.GetTimestamp());
}
