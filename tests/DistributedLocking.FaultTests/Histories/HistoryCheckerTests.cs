using System.Diagnostics;

namespace DistributedLocking.FaultTests.Histories;

/// <summary>
/// The checker on histories made by hand, in milliseconds. Broken locks on a real server: <see
/// cref="Broken.BrokenLockTests"/>.
/// </summary>
public sealed class HistoryCheckerTests
{
    private const string Key = "key";

    private static readonly TimeSpan TimeToLive = TimeSpan.FromMilliseconds(100);

    private readonly List<HistoryEvent> _history = [];

    [Fact]
    public void Holders_in_turn_are_sound()
    {
        Hold("a", 10, token: 1, heldAt: 12, releasedAt: 50);
        Hold("b", 55, token: 2, heldAt: 57, releasedAt: 90);
        Check().ShouldBeEmpty();
    }

    [Fact]
    public void Two_holders_at_a_time_are_not()
    {
        Hold("a", 10, token: 1, heldAt: 12, releasedAt: 50);
        Hold("b", 40, token: 2, heldAt: 42, releasedAt: 90);
        Check().ShouldHaveSingleItem().ShouldContain("for 10 ms");
    }

    [Fact]
    public void A_holder_is_one_until_the_deadline_that_its_handle_told()
    {
        Hold("a", 10, token: 1, heldAt: 12, remaining: 60, releasedAt: 500);
        Hold("b", 73, token: 2, heldAt: 74, releasedAt: 90);
        Check().ShouldBeEmpty();
        Hold("c", 71, token: 3, heldAt: 72, releasedAt: 72);
        Check().ShouldNotBeEmpty();
    }

    [Fact]
    public void A_holder_that_was_told_of_its_loss_is_none()
    {
        Hold("a", 10, token: 1, heldAt: 12, lostAt: 30, releasedAt: 80);
        Hold("b", 35, token: 2, heldAt: 36, releasedAt: 60);
        Check().ShouldBeEmpty();
    }

    [Fact]
    public void A_process_that_was_killed_holds_nothing_after_its_last_word()
    {
        Hold("a", 10, token: 1, heldAt: 12, releasedAt: null);
        Hold("b", 35, token: 2, heldAt: 36, releasedAt: 60);
        Check().ShouldBeEmpty();
    }

    [Fact]
    public void While_a_lease_is_changed_its_end_is_unknown()
    {
        Hold("a", 10, token: 1, heldAt: 12, releasedAt: 90, extendedAt: 30);
        Hold("b", 40, token: 2, heldAt: 42, releasedAt: 60);
        Check().ShouldBeEmpty();
    }

    [Fact]
    public void A_grant_that_was_never_seen_to_be_held_is_no_holder()
    {
        Hold("a", 10, token: 1, heldAt: 12, releasedAt: 50);
        Add(20, "b", HistoryKind.Asking);
        Add(30, "b", HistoryKind.Granted, 2);
        Add(31, "b", HistoryKind.Releasing);
        Check().ShouldBeEmpty();
    }

    [Fact]
    public void A_store_that_forgot_explains_an_overlap_for_one_time_to_live()
    {
        Hold("a", 10, token: 1, heldAt: 12, releasedAt: 80);
        Hold("b", 60, token: 2, heldAt: 62, releasedAt: 70);
        Check().ShouldNotBeEmpty();
        Forget(40, 45);
        Check().ShouldBeEmpty();
    }

    [Fact]
    public void A_store_that_forgot_before_explains_nothing()
    {
        Forget(1, 5);
        Hold("a", 10, token: 1, heldAt: 12, releasedAt: 80);
        Hold("b", 60, token: 2, heldAt: 62, releasedAt: 70);
        Check().ShouldNotBeEmpty();
    }

    [Fact]
    public void A_lock_that_the_store_forgot_must_not_live_on()
    {
        Forget(40, 45);
        Hold("a", 10, token: 1, heldAt: 130, releasedAt: 150);
        Check().ShouldBeEmpty();
        Hold("b", 151, token: 2, heldAt: 152, releasedAt: 153);
        Forget(154, 155);
        Hold("c", 20, token: 3, heldAt: 160, releasedAt: 161, key: "other");
        Check().ShouldHaveSingleItem().ShouldContain("after the store had forgotten it");
    }

    [Fact]
    public void Tokens_rise_in_the_order_of_the_grants()
    {
        Hold("a", 10, token: 2, heldAt: 12, releasedAt: 20);
        Hold("b", 30, token: 1, heldAt: 32, releasedAt: 40);
        Check().ShouldHaveSingleItem().ShouldContain("token 1 after 2");
    }

    [Fact]
    public void Tokens_are_given_once()
    {
        Hold("a", 10, token: 2, heldAt: 12, releasedAt: 20);
        Hold("b", 30, token: 2, heldAt: 32, releasedAt: 40);
        Check().ShouldHaveSingleItem().ShouldContain("2 times");
    }

    [Fact]
    public void A_grant_that_was_noted_late_is_in_no_order()
    {
        // Stopped between the grant and its note, for longer than its lease.
        Add(10, "a", HistoryKind.Asking);
        Add(90, "a", HistoryKind.Granted, 1);
        Hold("b", 50, token: 2, heldAt: 52, releasedAt: 60);
        Check().ShouldBeEmpty();
    }

    [Fact]
    public void Keys_have_nothing_to_do_with_each_other()
    {
        Hold("a", 10, token: 2, heldAt: 12, releasedAt: 50);
        Hold("b", 30, token: 1, heldAt: 32, releasedAt: 40, key: "other");
        Check().ShouldBeEmpty();
    }

    [Fact]
    public void Readers_may_hold_a_lock_together()
    {
        Hold("a", 10, token: 2, heldAt: 12, releasedAt: 50, limit: int.MaxValue);
        Hold("b", 14, token: 1, heldAt: 22, releasedAt: 60, limit: int.MaxValue);
        Hold("c", 65, token: 3, heldAt: 66, releasedAt: 70);
        Check().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1, int.MaxValue)]
    [InlineData(int.MaxValue, 1)]
    public void A_reader_beside_a_writer_is_not_sound(int first, int second)
    {
        Hold("a", 10, token: 1, heldAt: 12, releasedAt: 50, limit: first);
        Hold("b", 40, token: 2, heldAt: 42, releasedAt: 90, limit: second);
        Check().ShouldHaveSingleItem().ShouldContain("for 10 ms");
    }

    [Fact]
    public void A_semaphore_has_as_many_holders_as_its_limit_and_no_more()
    {
        Hold("a", 10, token: 1, heldAt: 12, releasedAt: 50, limit: 2);
        Hold("b", 20, token: 2, heldAt: 22, releasedAt: 60, limit: 2);
        Hold("c", 55, token: 3, heldAt: 56, releasedAt: 80, limit: 2);
        Check().ShouldBeEmpty();
        Hold("d", 57, token: 4, heldAt: 58, releasedAt: 70, limit: 2);
        Check().ShouldHaveSingleItem().ShouldContain("beside 2 others, where 2 may hold it");
    }

    [Fact]
    public void Tokens_of_those_that_hold_together_rise_where_one_came_after_the_other()
    {
        Hold("a", 10, token: 2, heldAt: 12, releasedAt: 50, limit: int.MaxValue);
        Hold("b", 30, token: 1, heldAt: 32, releasedAt: 40, limit: int.MaxValue);
        Check().ShouldHaveSingleItem().ShouldContain("token 1 after 2");
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public void The_number_is_that_of_the_writes_give_or_take_the_unknown(long number, bool isSound)
    {
        for (var i = 0; i < 3; i++)
        {
            Add(10 + i, "a", HistoryKind.Writing);
            Add(11 + i, "a", HistoryKind.Written);
        }

        Add(20, "a", HistoryKind.Writing);
        Add(30, "b", HistoryKind.Writing);
        Add(31, "b", HistoryKind.Refused);
        HistoryChecker.Count(_history, Key).ShouldBe((3, 1, 1));
        HistoryChecker.CheckCounter(_history, Key, number).Count.ShouldBe(isSound ? 0 : 1);
    }

    [Fact]
    public void Histories_of_processes_are_read_as_one_and_a_torn_line_is_left_out()
    {
        var directory = Directory.CreateTempSubdirectory("history-").FullName;
        try
        {
            using (var a = new HistoryWriter(directory, "a"))
            using (var b = new HistoryWriter(directory, "b"))
            {
                b.Write(20, 1, HistoryKind.Granted, "a key", 7);
                a.Write(10, 1, HistoryKind.Asking, "a key");
            }

            File.AppendAllText(Path.Combine(directory, "b"), "30 b 1 Hel");
            HistoryWriter.Read(directory).ShouldBe(
                [new HistoryEvent(10, "a", 1, HistoryKind.Asking, "a key"), new HistoryEvent(20, "b", 1, HistoryKind.Granted, "a key", 7)]);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static long Ticks(long milliseconds) => milliseconds * Stopwatch.Frequency / 1000;

    private IReadOnlyList<string> Check() => HistoryChecker.Check([.. _history.OrderBy(entry => entry.At)], TimeToLive);

    private void Hold(
        string worker, long grantedAt, long token, long heldAt, long? releasedAt, long remaining = 100, long? lostAt = null, long? extendedAt = null, string key = Key,
        int limit = 1)
    {
        Add(grantedAt - 5, worker, HistoryKind.Asking, limit, key);
        Add(grantedAt, worker, HistoryKind.Granted, token, key);
        Add(heldAt, worker, HistoryKind.Held, Ticks(remaining), key);
        foreach (var (at, kind) in ((long?, HistoryKind)[])[(extendedAt, HistoryKind.Extending), (lostAt, HistoryKind.Lost), (releasedAt, HistoryKind.Releasing)])
        {
            if (at is { } time)
            {
                Add(time, worker, kind, key: key);
            }
        }
    }

    private void Forget(long from, long to) => _history.Add(new HistoryEvent(Ticks(to), "store", 0, HistoryKind.Forgot, "restart", Ticks(from)));

    private void Add(long at, string worker, HistoryKind kind, long value = 0, string key = Key) =>
        _history.Add(new HistoryEvent(Ticks(at), worker, 1, kind, key, value));
}
