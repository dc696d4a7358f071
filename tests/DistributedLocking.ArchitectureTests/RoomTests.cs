using System.Text.RegularExpressions;

namespace DistributedLocking.ArchitectureTests;

/// <summary>Which folder of a package may use which, read from the sources.</summary>
public sealed partial class RoomTests
{
    /// <summary>Each folder may use those before it, and those that are named with it.</summary>
    private static readonly string[][] EngineRooms =
        [["Time"], ["Plans"], ["CleanUp"], ["Gates", "Leases"], ["Renewals"], ["Handles"], ["Acquiring"]];

    /// <summary>Each folder and those that it may use.</summary>
    private static readonly Dictionary<string, string[]> RedisRooms = new(StringComparer.Ordinal)
    {
        ["Keys"] = [],
        ["Fencing"] = ["Keys"],
        ["Scripts"] = [],
        ["Connections"] = ["Scripts"],
        ["Calls"] = ["Connections", "Scripts"],
        ["Renewals"] = ["Connections", "Keys", "Scripts"],
        ["Subscriptions"] = ["Connections"],
        ["Queue"] = ["Connections", "Fencing", "Subscriptions"],
        ["Quorum"] = ["Calls", "Connections", "Keys", "Renewals", "Scripts", "Subscriptions"],
        ["Inspection"] = ["Calls", "Connections", "Keys", "Quorum", "Scripts"],
        ["Replicas"] = ["Calls", "Connections", "Keys", "Renewals", "Scripts"],
        ["Configuration"] = ["Keys"],
        ["DependencyInjection"] = ["Configuration"],
    };

    public static TheoryData<string> EngineFolders => [.. EngineRooms.SelectMany(rooms => rooms)];

    public static TheoryData<string> RedisFolders => [.. RedisRooms.Keys];

    [Fact]
    public void The_engine_has_the_rooms_that_are_listed_here() =>
        RoomsIn(EngineFolder).ShouldBe(EngineRooms.SelectMany(rooms => rooms).Order(StringComparer.Ordinal));

    [Fact]
    public void So_has_the_Redis_package() => RoomsIn(RedisFolder).ShouldBe(RedisRooms.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(EngineFolders))]
    public void A_room_of_the_engine_uses_only_those_below_it(string room)
    {
        var allowed = EngineRooms.Take(Array.FindIndex(EngineRooms, rooms => rooms.Contains(room, StringComparer.Ordinal)) + 1).SelectMany(rooms => rooms);

        RoomsUsedBy(Path.Combine(EngineFolder, room), "DistributedLocking.Engine", RoomsIn(EngineFolder)).Except(allowed, StringComparer.Ordinal).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(RedisFolders))]
    public void A_room_of_the_Redis_package_uses_only_what_is_listed_here(string room) =>
        RoomsUsedBy(Path.Combine(RedisFolder, room), "DistributedLocking.Redis", RoomsIn(RedisFolder))
            .Except([room, .. RedisRooms[room]], StringComparer.Ordinal).ShouldBeEmpty();

    [Theory]
    [InlineData("Telemetry")]
    [InlineData("Providers")]
    public void What_the_engine_stands_on_knows_its_clock_alone(string folder) =>
        RoomsUsedBy(Path.Combine(EngineFolder, "..", folder), "DistributedLocking.Engine", RoomsIn(EngineFolder)).Except(["Time"], StringComparer.Ordinal).ShouldBeEmpty();

    private static string EngineFolder => Path.Combine(Repository.Root, "src", "DistributedLocking", "Engine");

    private static string RedisFolder => Path.Combine(Repository.Root, "src", "DistributedLocking.Redis");

    private static List<string> RoomsIn(string folder) =>
        [.. Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)).Except(["bin", "obj"], StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>By a using directive, or by a name that begins with the folder's.</summary>
    private static IEnumerable<string> RoomsUsedBy(string folder, string parent, List<string> rooms) => Directory
        .EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        .SelectMany(file => Name().Matches(File.ReadAllText(file)))
        .Select(match => match.Value)
        .Select(name => name.StartsWith(parent + ".", StringComparison.Ordinal) ? name[(parent.Length + 1)..] : name)
        .Select(name => name.Split('.')[0])
        .Where(room => rooms.Contains(room, StringComparer.Ordinal))
        .Distinct(StringComparer.Ordinal);

    /// <summary>A name of several parts, and the one of a using directive.</summary>
    [GeneratedRegex(@"(?<![\w.])[A-Z]\w+(?:\.[A-Z]\w+)+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Name();
}
