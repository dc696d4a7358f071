using Garnet;

// Garnet's own server, with its own arguments. It runs until it is killed.
using var server = new GarnetServer(args);
server.Start();
await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
