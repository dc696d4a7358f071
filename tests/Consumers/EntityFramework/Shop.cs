using DistributedLocking;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

internal sealed class Shop(DbContextOptions<Shop> options) : DbContext(options)
{
    public DbSet<Item> Items => Set<Item>();

    /// <summary>Makes the database, fills it under the lock, and drops it.</summary>
    public static async Task RunAsync(ServiceProvider provider)
    {
        await using var scope = provider.CreateAsyncScope();
        var shop = scope.ServiceProvider.GetRequiredService<Shop>();
        await shop.Database.EnsureCreatedAsync();
        await LockUse.RunAsync(provider.GetRequiredService<IDistributedLock>(), async () =>
        {
            shop.Items.AddRange(new Item { Name = "bolt" }, new Item { Name = "nut" }, new Item { Name = "screw" });
            await shop.SaveChangesAsync();
            return $"{await shop.Items.CountAsync(item => item.Name != "screw")} items";
        });
        await shop.Database.EnsureDeletedAsync();
    }
}

internal sealed class Item
{
    public int Id { get; set; }

    public required string Name { get; set; }
}
