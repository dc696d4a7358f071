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
        _proposals.Note("other", Granted, 1);

        _proposals.First(Key).ShouldBeNull();
    }

    [Fact]
    public void The_first_goes_on_from_the_answer()
    {
        _time.Advance(TimeSpan.FromHours(3));
        _proposals.Note(Key, Granted, 1);
        _time.Advance(TimeSpan.FromMilliseconds(1.5));

        _proposals.First(Key).ShouldBe(Now + 1500);
    }

    [Fact]
    public void An_answer_serves_for_a_minute()
    {
        _proposals.Note(Key, Granted, 1);
        _time.Advance(TokenProposals.LongestAge);
        _proposals.First(Key).ShouldBe(Now + 60_000_000);

        _time.Advance(TimeSpan.FromTicks(1));
        _proposals.First(Key).ShouldBeNull();

        _proposals.Note(Key, Granted, 1);
        _proposals.First(Key).ShouldBe(Now);
    }

    [Fact]
    public void A_refusal_ends_them_for_its_key()
    {
        _proposals.Note(Key, Granted, 1);
        _proposals.Note("other", Granted, 1);
        _proposals.Note(Key, Refused, 1);

        _proposals.First(Key).ShouldBeNull();
        _proposals.First("other").ShouldBe(Now);
    }

    [Fact]
    public void A_mark_ahead_of_the_clock_ends_them()
    {
        _proposals.Note(Key, new LeaseState(Now + 127, null, Now), 128);
        _proposals.First(Key).ShouldBe(Now);

        _proposals.Note(Key, new LeaseState(Now + 128, null, Now), 128);
        _proposals.First(Key).ShouldBeNull();
    }

    [Fact]
    public void A_database_that_does_not_tell_its_clock_has_none()
    {
        _proposals.Note(Key, new LeaseState(Now, null), 1);

        _proposals.First(Key).ShouldBeNull();
    }
}
