using System.Data.Common;

namespace TicketShop.Data;

/// <summary>Which payment paid how much of which order.</summary>
internal sealed class AllocationStore(ShopDatabase database)
{
    /// <summary>All that was paid. With a fence, whoever had the lock earlier can't add to it from now on.</summary>
    internal Task<List<Allocation>> ListAsync(Fence? fence, CancellationToken cancellationToken) => fence is null
        ? database.ReadAsync(command => ListAsync(command, cancellationToken), cancellationToken)
        : database.WriteAsync(fence, command => ListAsync(command, cancellationToken), cancellationToken);

    /// <summary>Adds all of them or none.</summary>
    internal Task AddAsync(IReadOnlyList<Allocation> allocations, Fence? fence, CancellationToken cancellationToken) => database.WriteAsync(
        fence,
        async command =>
        {
            foreach (var allocation in allocations)
            {
                ShopDatabase.Set(
                    command,
                    "INSERT INTO shop_allocation VALUES (@payment, @order, @cents)",
                    ("@payment", allocation.Payment),
                    ("@order", allocation.Order),
                    ("@cents", allocation.Cents));
                await command.ExecuteNonQueryAsync(cancellationToken);
            }

            return allocations.Count;
        },
        cancellationToken);

    internal Task ClearAsync(CancellationToken cancellationToken) => database.WriteAsync(
        fence: null,
        command =>
        {
            ShopDatabase.Set(command, "DELETE FROM shop_allocation");
            return command.ExecuteNonQueryAsync(cancellationToken);
        },
        cancellationToken);

    private static async Task<List<Allocation>> ListAsync(DbCommand command, CancellationToken cancellationToken)
    {
        ShopDatabase.Set(command, "SELECT payment, order_number, cents FROM shop_allocation ORDER BY payment, order_number");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var allocations = new List<Allocation>();
        while (await reader.ReadAsync(cancellationToken))
        {
            allocations.Add(new Allocation(reader.GetInt32(0), reader.GetInt32(1), reader.GetInt64(2)));
        }

        return allocations;
    }
}
