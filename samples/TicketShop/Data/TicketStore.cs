using System.Data.Common;

namespace TicketShop.Data;

/// <summary>
/// The tickets that were sold. Nothing here keeps a seat from being sold twice: a real shop would have a unique key as
/// well, and this one would have nothing to show.
/// </summary>
internal sealed class TicketStore(ShopDatabase database)
{
    /// <summary>Whether a seat is sold. With a fence, whoever had the lock earlier can't sell it from now on.</summary>
    internal Task<bool> IsSoldAsync(string seat, Fence? fence, CancellationToken cancellationToken) => fence is null
        ? database.ReadAsync(command => IsSoldAsync(command, seat, cancellationToken), cancellationToken)
        : database.WriteAsync(fence, command => IsSoldAsync(command, seat, cancellationToken), cancellationToken);

    internal Task AddAsync(Ticket ticket, Fence? fence, CancellationToken cancellationToken) => database.WriteAsync(
        fence,
        command =>
        {
            ShopDatabase.Set(
                command,
                "INSERT INTO shop_ticket VALUES (@seat, @buyer, @instance)",
                ("@seat", ticket.Seat),
                ("@buyer", ticket.Buyer),
                ("@instance", ticket.Instance));
            return command.ExecuteNonQueryAsync(cancellationToken);
        },
        cancellationToken);

    internal Task<List<Ticket>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async command =>
        {
            ShopDatabase.Set(command, "SELECT seat, buyer, instance FROM shop_ticket ORDER BY seat, buyer");
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var tickets = new List<Ticket>();
            while (await reader.ReadAsync(cancellationToken))
            {
                tickets.Add(new Ticket(reader.GetString(0), reader.GetInt32(1), reader.GetString(2)));
            }

            return tickets;
        },
        cancellationToken);

    internal Task ClearAsync(CancellationToken cancellationToken) => database.WriteAsync(
        fence: null,
        command =>
        {
            ShopDatabase.Set(command, "DELETE FROM shop_ticket");
            return command.ExecuteNonQueryAsync(cancellationToken);
        },
        cancellationToken);

    private static async Task<bool> IsSoldAsync(DbCommand command, string seat, CancellationToken cancellationToken)
    {
        ShopDatabase.Set(command, "SELECT buyer FROM shop_ticket WHERE seat = @seat", ("@seat", seat));
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }
}
