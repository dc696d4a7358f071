using System.Text;
using TicketShop.Options;

Console.OutputEncoding = Encoding.UTF8;
return await CommandLine.InvokeAsync(args);
