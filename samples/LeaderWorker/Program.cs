using LeaderWorker;

var isInstance = args is [Instance.Command, ..];
if (Settings.Parse(isInstance ? args[1..] : args) is not { } settings)
{
    Console.Error.WriteLine(Settings.Usage);
    return 2;
}

if (isInstance)
{
    await Instance.RunAsync(settings);
    return 0;
}

var folder = Directory.CreateTempSubdirectory("leader-worker-");
try
{
    using var fleet = new Fleet(settings with { Folder = folder.FullName });
    await fleet.RunAsync();
    return 0;
}
finally
{
    folder.Delete(recursive: true);
}
