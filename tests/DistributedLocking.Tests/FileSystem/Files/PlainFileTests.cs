using DistributedLocking.FileSystem.Files;
using DistributedLocking.Tests.FileSystem.Support;
using Microsoft.Win32.SafeHandles;

namespace DistributedLocking.Tests.FileSystem.Files;

/// <summary>
/// Whether a path leads to an open file, in states that somebody who replaces files quickly can bring about.
/// </summary>
public sealed class PlainFileTests : IAsyncDisposable
{
    private static readonly DateTime Time = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly LockFolder _folder = new();

    public PlainFileTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere times that agree are taken for the same file.");

    private string Place => _folder.FileNamed("a.lock");

    private string Other => _folder.FileNamed("b.lock");

    [Fact]
    public void A_file_leads_to_itself()
    {
        Make(Place);
        using var handle = Open(Place);
        PlainFile.LeadsTo(Place, handle).ShouldBeTrue();
    }

    [Fact]
    public void A_link_leads_nowhere_also_once_it_was_followed()
    {
        Make(Other);
        File.CreateSymbolicLink(Place, Other);
        File.SetLastWriteTimeUtc(Place, Time);
        using var handle = Open(Place);
        PlainFile.LeadsTo(Place, handle).ShouldBeFalse();

        // The link becomes a file that looks the same.
        File.Delete(Place);
        Make(Place);
        PlainFile.LeadsTo(Place, handle).ShouldBeFalse();
    }

    [Fact]
    public void A_file_that_was_removed_does_not_lead_to_its_successor()
    {
        Make(Place);
        using var handle = Open(Place);
        File.Delete(Place);
        PlainFile.LeadsTo(Place, handle).ShouldBeFalse();

        Make(Place);
        PlainFile.LeadsTo(Place, handle).ShouldBeFalse();
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    private static void Make(string path)
    {
        File.WriteAllText(path, "");
        File.SetLastWriteTimeUtc(path, Time);
    }

    private static SafeFileHandle Open(string path) => File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
}
