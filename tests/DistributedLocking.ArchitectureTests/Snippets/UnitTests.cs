#region usings of unit tests
using DistributedLocking;          // DistributedLockTimeoutException
using DistributedLocking.Testing;  // TestDistributedLock
#endregion

namespace Snippets;

internal static class UnitTests
{
    internal static async Task UnitTestAsync(ISeats seats, CancellationToken cancellationToken)
    {
        #region unit test
        await using var locks = new TestDistributedLock();
        var boxOffice = new BoxOffice(locks, seats);

        using (locks.HoldElsewhere("show:1:seat:7"))
        {
            await Should.ThrowAsync<DistributedLockTimeoutException>(boxOffice.SellAsync(1, 7, cancellationToken));
        }

        await boxOffice.SellAsync(1, 7, cancellationToken);
        locks.Acquisitions.ShouldHaveSingleItem().IsReleased.ShouldBeTrue();
        #endregion
    }
}
