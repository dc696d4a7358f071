using System.Data.Common;
using DistributedLocking;
using TicketShop.Data;
using TicketShop.Options;
using TicketShop.Shop;

namespace TicketShop.Demo;

/// <summary>Finds out before anything is started whether the lock and the database can be used.</summary>
internal static class StoreProbe
{
    /// <exception cref="ShopException">The database can't be used; the message shows no connection string.</exception>
    internal static async Task<ShopDatabase> OpenDatabaseAsync(ShopOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var database = ShopDatabase.Open(options);
            await database.CreateAsync(cancellationToken);
            return database;
        }
        catch (ArgumentException exception)
        {
            throw BadConnection($"--{options.Database}", exception);
        }
        catch (Exception exception) when (exception is DbException or TimeoutException or InvalidOperationException)
        {
            throw new ShopException($"the database can't be used: {OneLine(exception.Message)}", innerException: exception);
        }
    }

    /// <summary>Takes a lock once.</summary>
    /// <exception cref="ShopException">The lock can't be used.</exception>
    internal static async Task TakeLockAsync(ShopOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await using var services = new ServiceCollection().AddShopLock(options).BuildServiceProvider();
            await using var handle = await services.GetRequiredService<IDistributedLock>().TryAcquireAsync("ticket-shop:probe", cancellationToken);
        }
        catch (Exception exception) when (exception is ArgumentException or Microsoft.Extensions.Options.OptionsValidationException)
        {
            throw BadConnection($"--{options.Lock}", exception);
        }
        catch (Exception exception) when (exception is DistributedLockException or IOException or UnauthorizedAccessException)
        {
            throw new ShopException($"the lock can't be used: {OneLine(exception.Message)}", innerException: exception);
        }
    }

    private static ShopException BadConnection(string option, Exception exception) => new(
        $"{option.ToLowerInvariant()}: not a connection string (it is not shown, since it may hold a password)", ShopException.BadOption, exception);

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");
}
