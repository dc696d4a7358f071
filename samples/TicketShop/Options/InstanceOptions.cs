namespace TicketShop.Options;

/// <summary>What one instance of the shop is told, in the first line of its standard input.</summary>
/// <param name="Name">A or B.</param>
/// <param name="Port">The port to listen on; 0: any free one.</param>
/// <param name="Demo">The address of the demo, which is asked to freeze this instance.</param>
/// <param name="Shop">What both instances have in common.</param>
internal sealed record InstanceOptions(string Name, int Port, Uri Demo, ShopOptions Shop);
