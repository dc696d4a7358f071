using DistributedLocking.Providers;
using DistributedLocking.Redis.Queue;
using DistributedLocking.TestKit;

namespace DistributedLocking.Redis.Tests.Queue;

public sealed class QueuePlaceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_grant_that_comes_before_the_answer_is_kept()
    {
        var place = Place();
        place.Tell(GrantFor(7));
        place.Keep(7);

        (await place.WaitAsync(Cancellation).Within()).Grant!.Value.FencingToken.ShouldBe(70);
    }

    [Fact]
    public async Task A_grant_for_an_older_place_is_none()
    {
        var place = Place();
        place.Keep(7);
        place.Tell(GrantFor(7));
        place.Keep(8);

        (await place.WaitAsync(Cancellation).Within()).ShouldBe(WakeUp.Changed);

        var next = place.WaitAsync(Cancellation);
        next.IsCompleted.ShouldBeFalse();
        place.Tell(GrantFor(8));
        (await next.Within()).Grant!.Value.FencingToken.ShouldBe(80);
    }

    [Fact]
    public async Task An_older_grant_that_comes_late_does_not_hide_a_newer_one()
    {
        var place = Place();
        place.Keep(8);
        place.Tell(GrantFor(8));
        place.Tell(GrantFor(7));

        (await place.WaitAsync(Cancellation).Within()).Grant!.Value.FencingToken.ShouldBe(80);
    }

    [Fact]
    public async Task Many_wake_ups_before_a_wait_end_it_once()
    {
        var place = Place();
        place.Keep(7);
        place.Wake();
        place.Wake();

        (await place.WaitAsync(Cancellation).Within()).ShouldBe(WakeUp.Changed);
        var second = place.WaitAsync(Cancellation);

        second.IsCompleted.ShouldBeFalse();
        place.Wake();
        await second.Within();
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_grant_to_the_next_wait()
    {
        var place = Place();
        place.Keep(7);
        using var cancellation = new CancellationTokenSource();
        var cancelled = place.WaitAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () => await cancelled);

        place.Tell(GrantFor(7));

        (await place.WaitAsync(Cancellation).Within()).Grant.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("owner\n7\n70\n128\n2000", true)]
    [InlineData("owner\n7\n70\n128", false)]
    [InlineData("owner\n7\n70\n128\n2000\n1", false)]
    [InlineData("owner\n7\nseventy\n128\n2000", false)]
    [InlineData("", false)]
    public void Only_a_grant_is_read_as_one(string message, bool isGrant)
    {
        var grant = GrantMessage.Parse(message);

        (grant is not null).ShouldBe(isGrant);
        if (isGrant)
        {
            grant.ShouldBe(new GrantMessage("owner", 7, AcquireReply.Granted(70, TimeSpan.FromSeconds(2), 128)));
        }
    }

    // Not disposed: that is its inbox's affair.
    private static QueuePlace Place() => new(inbox: null!, "owner", bucket: 0);

    private static GrantMessage GrantFor(long place) => new("owner", place, AcquireReply.Granted(10 * place, TimeSpan.FromSeconds(2)));
}
