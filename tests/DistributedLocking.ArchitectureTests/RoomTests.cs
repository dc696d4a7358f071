using System.Text.RegularExpressions;

namespace DistributedLocking.ArchitectureTests;

/// <summary>Which folder of a package may use which, read from the sources.</summary>
public sealed partial class RoomTests
{
    /// <summary>Each folder may use those before it, and those that are named with it.</summary>
    private static readonly string[][] EngineRooms =
        [["Time"], ["Plans"], ["CleanUp"], ["Gates", "Leases"], ["Renewals"], ["Handles"], ["Acquiring"]];

    public static TheoryData<string> EngineFolders => [.. EngineRooms.SelectMany(rooms => rooms)];

    [Fact]
    public void The_engine_has_the_rooms_that_are_listed_here() =>
        Directory.GetDirectories(EngineFolder).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .ShouldBe(EngineRooms.SelectMany(rooms => rooms).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(EngineFolders))]
    public void A_room_of_the_engine_uses_only_those_below_it(string room)
    {
        var allowed = EngineRooms.Take(Array.FindIndex(EngineRooms, rooms => rooms.Contains(room, StringComparer.Ordinal)) + 1).SelectMany(rooms => rooms);

        RoomsUsedBy(Path.Combine(EngineFolder, room)).Except(allowed, StringComparer.Ordinal).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Telemetry")]
    [InlineData("Providers")]
    public void What_the_engine_stands_on_knows_its_clock_alone(string folder) =>
        RoomsUsedBy(Path.Combine(EngineFolder, "..", folder)).Except(["Time"], StringComparer.Ordinal).ShouldBeEmpty();

    private static string EngineFolder => Path.Combine(Repository.Root, "src", "DistributedLocking", "Engine");

    /// <summary>By a using directive, or by a name that begins with the folder's.</summary>
    private static IEnumerable<string> RoomsUsedBy(string folder) => Directory
        .EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        .SelectMany(file => Room().Matches(File.ReadAllText(file)))
        .Select(match => match.Groups["room"].Value)
        .Where(room => EngineRooms.Any(rooms => rooms.Contains(room, StringComparer.Ordinal)))
        .Distinct(StringComparer.Ordinal);

    [GeneratedRegex(@"(?:using DistributedLocking\.Engine\.|(?<![\w.])(?=\w+\.[A-Z]))(?<room>[A-Z]\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Room();
}
