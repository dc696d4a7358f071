using System.Runtime.CompilerServices;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>
/// What the guide says of release by key: what becomes of a lock whose handle nobody keeps, and of one whose handle is
/// in a field.
/// </summary>
public sealed class ReleaseByKeyTests : EngineTest
{
    private static readonly AcquireOptions Renewed = new() { TimeToLive = Seconds(30) };

    private static readonly AcquireOptions Fixed = new() { TimeToLive = Seconds(30), AutoRenew = false };

    [Fact]
    public async Task A_lock_of_a_fixed_time_needs_no_handle_and_is_released_by_key()
    {
        await ForgetAsync(Fixed);

        Time.Advance(Seconds(25));
        (await Locks.TryAcquireAsync(Key, Cancel)).ShouldBeNull();
        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeTrue();

        Provider.Store.Count.ShouldBe(0);
        Logs.CountOf(14).ShouldBe(0, "nothing was to be renewed, so nothing is wrong with a handle that is gone");
    }

    [Fact]
    public async Task A_lock_of_a_fixed_time_that_ended_is_not_released_and_its_successor_is_left_alone()
    {
        await ForgetAsync(Fixed);
        Time.Advance(Seconds(31));
        Provider.HoldElsewhere(Key);

        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeFalse();

        Provider.Store.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_renewed_lock_whose_handle_was_collected_can_be_released_by_key_until_its_time_to_live_is_over()
    {
        await ForgetAsync(Renewed);

        Time.Advance(Seconds(25));
        Provider.Renewals.ShouldBeEmpty();
        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeTrue();

        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_renewed_lock_whose_handle_was_collected_is_gone_after_its_time_to_live()
    {
        await ForgetAsync(Renewed);

        Time.Advance(Seconds(31));

        Provider.Store.Count.ShouldBe(0);
        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_handle_in_a_field_keeps_the_lock_renewed_until_it_is_released_by_key()
    {
        var holder = new Holder { Handle = await Locks.AcquireAsync(Key, Renewed, Cancel) };
        Collect();

        Time.Advance(Seconds(300));
        Collect();
        Time.Advance(Seconds(300));
        Provider.Renewals.Count.ShouldBe(60);
        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeTrue();

        holder.Handle.IsHeld.ShouldBeFalse();
        Provider.Store.Count.ShouldBe(0);
    }

    private async Task ForgetAsync(AcquireOptions options)
    {
        var forgotten = AcquireAndForget(options);
        await Eventually(() =>
        {
            Collect();
            return !forgotten.IsAlive;
        });
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference AcquireAndForget(AcquireOptions options) => new(Locks.Acquire(Key, options, Cancel));

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private sealed class Holder
    {
        internal required IDistributedLockHandle Handle { get; init; }
    }
}
