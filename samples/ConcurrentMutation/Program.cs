using System.Text;
using ConcurrentMutation.Options;

Console.OutputEncoding = Encoding.UTF8;
return await CommandLine.InvokeAsync(args);
