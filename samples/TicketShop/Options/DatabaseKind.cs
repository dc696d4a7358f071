namespace TicketShop.Options;

/// <summary>Where tickets and payments are kept.</summary>
internal enum DatabaseKind
{
    Sqlite,
    MySql,
    Postgres,
}
