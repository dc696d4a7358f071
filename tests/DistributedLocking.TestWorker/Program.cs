using DistributedLocking.TestWorker;

await (args switch
{
    [GarnetCommand.Name, .. var arguments] => GarnetCommand.RunAsync(arguments),
    [FileHolderCommand.Name, var directory, var key] => FileHolderCommand.RunAsync(directory, key),
    _ => LockCommand.RunAsync(args),
});
