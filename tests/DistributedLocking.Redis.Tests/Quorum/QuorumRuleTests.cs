using DistributedLocking.Redis.Quorum;

namespace DistributedLocking.Redis.Tests.Quorum;

public sealed class QuorumRuleTests
{
    [Theory]
    [InlineData(3, 2, 1)]
    [InlineData(4, 3, 1)]
    [InlineData(5, 3, 2)]
    [InlineData(7, 4, 3)]
    public void A_majority_is_more_than_half(int servers, int majority, int spare)
    {
        var rule = new QuorumRule(servers);

        rule.Majority.ShouldBe(majority);
        rule.Spare.ShouldBe(spare);
    }

    [Theory]
    [InlineData("...", nameof(QuorumDecision.Open))]
    [InlineData("g..", nameof(QuorumDecision.Open))]
    [InlineData("gh.", nameof(QuorumDecision.Open))]
    [InlineData("gu.", nameof(QuorumDecision.Open))]
    [InlineData("hu.", nameof(QuorumDecision.Open))]
    [InlineData("g.g", nameof(QuorumDecision.Granted))]
    [InlineData("ggh", nameof(QuorumDecision.Granted))]
    [InlineData("ggu", nameof(QuorumDecision.Granted))]
    [InlineData("hh.", nameof(QuorumDecision.Held))]
    [InlineData("ghu", nameof(QuorumDecision.Held))]
    [InlineData("ghh", nameof(QuorumDecision.Held))]
    [InlineData("hhu", nameof(QuorumDecision.Held))]
    [InlineData("uu.", nameof(QuorumDecision.Unavailable))]
    [InlineData("guu", nameof(QuorumDecision.Unavailable))]
    [InlineData("huu", nameof(QuorumDecision.Unavailable))]
    [InlineData("ggg..", nameof(QuorumDecision.Granted))]
    [InlineData("gghh.", nameof(QuorumDecision.Open))]
    [InlineData("gghhu", nameof(QuorumDecision.Held))]
    [InlineData("gguu.", nameof(QuorumDecision.Open))]
    [InlineData("gguuh", nameof(QuorumDecision.Held))]
    [InlineData("hhuuu", nameof(QuorumDecision.Unavailable))]
    [InlineData("ghhh.", nameof(QuorumDecision.Held))]
    public void Votes_decide_as_soon_as_the_others_can_not_change_it(string votes, string decision) =>
        new QuorumRule(votes.Length).Decide(Votes(votes)).ToString().ShouldBe(decision);

    [Fact]
    public void Only_one_owner_with_a_majority_is_a_holder()
    {
        new QuorumRule(3).HasHolder([Held("a"), Held("a"), null]).ShouldBeTrue();
        new QuorumRule(3).HasHolder([Held("a"), Held("b"), ServerVote.Granted(1)]).ShouldBeFalse();
        new QuorumRule(3).HasHolder([Held("a"), ServerVote.Granted(1), null]).ShouldBeFalse();
    }

    [Fact]
    public void The_key_is_free_when_a_majority_is()
    {
        new QuorumRule(3).FreeIn([Held("a", 10), Held("a", 30), Held("a", 20)]).ShouldBe(TimeSpan.FromSeconds(20));
        new QuorumRule(3).FreeIn([Held("a", 10), ServerVote.Granted(1), null]).ShouldBe(TimeSpan.FromSeconds(10));
        new QuorumRule(3).FreeIn([Held("a", 10), Held("a"), null]).ShouldBeNull();
    }

    private static ServerVote Held(string owner, int? seconds = null) => ServerVote.Held(owner, seconds is { } s ? TimeSpan.FromSeconds(s) : null);

    private static IReadOnlyList<ServerVote?> Votes(string votes) =>
        [.. votes.Select(vote => vote switch
        {
            'g' => ServerVote.Granted(1),
            'h' => Held("other"),
            'u' => ServerVote.Failed(new TimeoutException()),
            _ => (ServerVote?)null,
        })];
}
