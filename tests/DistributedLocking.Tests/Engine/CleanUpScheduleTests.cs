using DistributedLocking.Engine.CleanUp;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;
using DistributedLocking.Testing;

namespace DistributedLocking.Tests.Engine;

public sealed class CleanUpScheduleTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly Clock _clock;
    private readonly CleanUpSchedule _schedule;

    public CleanUpScheduleTests()
    {
        _clock = new Clock(_time);
        _schedule = new CleanUpSchedule(_clock);
    }

    [Fact]
    public void While_the_store_answers_a_few_are_tried_at_once()
    {
        Add(count: 20);

        TakeAll().Count.ShouldBe(CleanUpSchedule.MostAtOnce);
        _schedule.NextDue.ShouldBe(Clock.Never);
    }

    [Fact]
    public void After_a_failure_there_is_one_probe_at_a_time_until_one_is_answered()
    {
        Add(count: CleanUpSchedule.MostAtOnce);
        FailAll();

        // Those that were under way together failed once.
        _clock.Until(_schedule.NextDue).ShouldBe(CleanUpPace.NextProbe(1));
        TakeAll().ShouldBeEmpty();
        _time.Advance(CleanUpPace.NextProbe(1));
        var probe = TakeAll().ShouldHaveSingleItem();

        _schedule.Postpone(probe);
        _clock.Until(_schedule.NextDue).ShouldBe(CleanUpPace.NextProbe(2));
        _time.Advance(CleanUpPace.NextProbe(2));
        _schedule.Settle(TakeAll().ShouldHaveSingleItem(), wasFound: true);

        Add();
        TakeAll().Count.ShouldBe(CleanUpSchedule.MostAtOnce);
    }

    [Fact]
    public void Each_probe_is_another_orphan()
    {
        Add(count: 3);
        FailAll();
        HashSet<Orphan> probed = [];
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(CleanUpPace.NextProbe(i + 1));
            var probe = _schedule.TryTake().ShouldNotBeNull();
            probed.Add(probe);
            _schedule.Postpone(probe);
        }

        probed.Count.ShouldBe(3);
    }

    [Fact]
    public void While_the_store_fails_each_that_is_new_is_tried_once_beside_the_probe()
    {
        Add();
        FailAll();
        _time.Advance(CleanUpPace.NextProbe(1));
        TakeAll().ShouldHaveSingleItem().IsProbe.ShouldBeTrue();

        Add(count: 20);
        var first = TakeAll();
        first.Count.ShouldBe(CleanUpSchedule.MostAtOnce);
        first.ShouldAllBe(orphan => !orphan.IsProbe);
        first.ForEach(_schedule.Postpone);
        TakeAll().Count.ShouldBe(CleanUpSchedule.MostAtOnce);
    }

    [Fact]
    public void What_ended_by_itself_before_it_was_tried_is_not_tried_while_the_store_fails()
    {
        Add(count: CleanUpSchedule.MostAtOnce);
        Add(count: 1);
        _schedule.Postpone(_schedule.TryTake().ShouldNotBeNull());
        TakeAll();
        _time.Advance(TimeSpan.FromMinutes(2));

        TakeAll().ShouldBeEmpty();
    }

    [Fact]
    public void An_attempt_is_looked_for_until_its_lease_would_have_ended_and_a_lease_until_it_is_answered()
    {
        Add(OrphanKind.Attempt, count: 1);
        Add(OrphanKind.Lease, count: 1);
        foreach (var orphan in TakeAll())
        {
            _schedule.Settle(orphan, wasFound: false);
        }

        var looks = 0;
        while (!_schedule.IsEmpty)
        {
            _time.Advance(_clock.Until(_schedule.NextDue));
            _schedule.Settle(_schedule.TryTake().ShouldNotBeNull(), wasFound: false);
            looks++;
        }

        _clock.Now.ShouldBe(TimeSpan.FromMinutes(1).Ticks);
        looks.ShouldBeInRange(8, 16);
    }

    [Fact]
    public void In_a_hurry_each_gets_one_more_look_at_once()
    {
        Add(count: CleanUpSchedule.MostAtOnceInHurry);
        for (Orphan? orphan; (orphan = _schedule.TryTake()) is not null;)
        {
            _schedule.Settle(orphan, wasFound: false);
        }

        _schedule.IsEmpty.ShouldBeFalse();
        _schedule.Hurry();

        var taken = TakeAll();
        taken.Count.ShouldBe(CleanUpSchedule.MostAtOnceInHurry);
        taken.ForEach(orphan => _schedule.Settle(orphan, wasFound: false));
        _schedule.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void In_a_hurry_the_failures_before_do_not_make_the_pauses_long()
    {
        Add();
        for (var i = 1; i <= 12; i++)
        {
            _schedule.Postpone(_schedule.TryTake().ShouldNotBeNull());
            _time.Advance(_clock.Until(_schedule.NextDue));
        }

        _schedule.Hurry();
        _schedule.Postpone(_schedule.TryTake().ShouldNotBeNull());

        _clock.Until(_schedule.NextDue).ShouldBe(CleanUpPace.NextProbe(2));
    }

    private void Add(OrphanKind kind = OrphanKind.Attempt, int count = 1)
    {
        for (var i = 0; i < count; i++)
        {
            _schedule.Add(new Orphan(new LeaseReference("key", $"{kind}{i}"), kind, _clock.Now, _clock.After(_clock.Now, TimeSpan.FromMinutes(1))));
        }
    }

    private void FailAll()
    {
        foreach (var orphan in TakeAll())
        {
            _schedule.Postpone(orphan);
        }
    }

    private List<Orphan> TakeAll()
    {
        List<Orphan> taken = [];
        while (_schedule.TryTake() is { } orphan)
        {
            taken.Add(orphan);
        }

        return taken;
    }
}
