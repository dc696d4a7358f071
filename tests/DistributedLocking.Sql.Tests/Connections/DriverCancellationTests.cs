using DistributedLocking.Sql.Connections;

namespace DistributedLocking.Sql.Tests.Connections;

public sealed class DriverCancellationTests
{
    [Fact]
    public async Task It_follows_the_callers_token()
    {
        using var caller = new CancellationTokenSource();
        using var driver = new DriverCancellation(caller.Token);
        driver.Token.IsCancellationRequested.ShouldBeFalse();

        await caller.CancelAsync();

        driver.Token.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public void A_token_that_is_cancelled_already_is_followed_too()
    {
        using var driver = new DriverCancellation(new CancellationToken(canceled: true));

        driver.Token.IsCancellationRequested.ShouldBeTrue();
    }

    /// <summary>On a timer's thread the exception would end the process.</summary>
    [Fact]
    public void What_a_driver_throws_at_its_cancellation_reaches_nobody()
    {
        using var caller = new CancellationTokenSource();
        using var driver = new DriverCancellation(caller.Token);
        var isTold = false;
        driver.Token.Register(() =>
        {
            isTold = true;
            throw new ObjectDisposedException("connector");
        });

        caller.Cancel();

        isTold.ShouldBeTrue();
    }

    [Fact]
    public void After_the_call_nothing_is_cancelled()
    {
        using var caller = new CancellationTokenSource();
        CancellationToken token;
        using (var driver = new DriverCancellation(caller.Token))
        {
            token = driver.Token;
        }

        caller.Cancel();

        token.IsCancellationRequested.ShouldBeFalse();
    }
}
