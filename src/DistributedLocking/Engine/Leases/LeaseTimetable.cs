using DistributedLocking.Engine.Time;

namespace DistributedLocking.Engine.Leases;

/// <summary>
/// The leases ordered by the time of their next event: a binary heap in which each lease knows its place, so that a
/// release takes its lease out at once. Shared by all leases of a lock; the caller holds no timer per lease.
/// </summary>
internal sealed class LeaseTimetable
{
    private Lease[] _heap = new Lease[16];

    internal int Count { get; private set; }

    internal Lease? Next => Count == 0 ? null : _heap[0];

    internal long NextDue => Count == 0 ? Clock.Never : _heap[0].Due;

    internal IEnumerable<Lease> Leases => _heap.Take(Count);

    /// <summary>Adds the lease, or moves it to its new time.</summary>
    internal void Set(Lease lease, long due)
    {
        lease.Due = due;
        if (lease.Place < 0)
        {
            if (Count == _heap.Length)
            {
                Array.Resize(ref _heap, Count * 2);
            }

            Put(lease, Count++);
        }

        Up(lease.Place);
        Down(lease.Place);
    }

    internal void Remove(Lease lease)
    {
        var place = lease.Place;
        if (place < 0)
        {
            return;
        }

        lease.Place = -1;
        var last = _heap[--Count];
        _heap[Count] = null!;
        if (place < Count)
        {
            Put(last, place);
            Up(place);
            Down(last.Place);
        }
        else if (Count < _heap.Length / 4 && _heap.Length > 16)
        {
            Array.Resize(ref _heap, _heap.Length / 2);
        }
    }

    private void Put(Lease lease, int place)
    {
        _heap[place] = lease;
        lease.Place = place;
    }

    private void Up(int place)
    {
        var lease = _heap[place];
        while (place > 0 && _heap[(place - 1) / 2].Due > lease.Due)
        {
            Put(_heap[(place - 1) / 2], place);
            place = (place - 1) / 2;
        }

        Put(lease, place);
    }

    private void Down(int place)
    {
        var lease = _heap[place];
        for (int child; (child = (2 * place) + 1) < Count; place = child)
        {
            if (child + 1 < Count && _heap[child + 1].Due < _heap[child].Due)
            {
                child++;
            }

            if (_heap[child].Due >= lease.Due)
            {
                break;
            }

            Put(_heap[child], place);
        }

        Put(lease, place);
    }
}
