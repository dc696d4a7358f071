using System.Text;
using DistributedLocking.Tests.FileSystem.Support;
using DistributedLocking.FileSystem.Tokens;
using Microsoft.Win32.SafeHandles;

namespace DistributedLocking.Tests.FileSystem.Tokens;

public sealed class TokenSlotsTests : IAsyncDisposable
{
    private readonly LockFolder _folder = new();
    private readonly SafeFileHandle _file;

    public TokenSlotsTests() => _file = File.OpenHandle(_folder.FileNamed("slots"), FileMode.Create, FileAccess.ReadWrite);

    [Fact]
    public void An_empty_file_has_no_token() => TokenSlots.Read(_file).ShouldBe(new TokenSlots(0, Spare: 0, IsTorn: false));

    [Fact]
    public void The_newest_token_is_read_back()
    {
        foreach (var token in new[] { 1, 2, 1_763_697_600_000_000, long.MaxValue })
        {
            Write(token);
            TokenSlots.Read(_file).Token.ShouldBe(token);
        }
    }

    [Fact]
    public void A_write_cut_short_anywhere_leaves_the_token_before_it()
    {
        Write(100);
        Write(200);
        var before = Content();
        Write(300);
        var after = Content();

        // The slot that was written differs from what it was; every prefix of the change is a possible crash.
        var first = Enumerable.Range(0, after.Length).First(i => before[i] != after[i]);
        var last = Enumerable.Range(0, after.Length).Last(i => before[i] != after[i]);
        for (var cut = first; cut <= last; cut++)
        {
            RandomAccess.Write(_file, (byte[])[.. after[..cut], .. before[cut..]], 0);
            var slots = TokenSlots.Read(_file);
            slots.Token.ShouldBe(200);
            slots.IsTorn.ShouldBe(cut > first);
        }
    }

    [Fact]
    public void A_torn_slot_is_the_next_to_be_written()
    {
        Write(100);
        Write(200);
        RandomAccess.Write(_file, "\0\0\0\0\0\0\0"u8, 0);
        TokenSlots.Read(_file).ShouldBe(new TokenSlots(200, Spare: 0, IsTorn: true));

        Write(300);
        TokenSlots.Read(_file).ShouldBe(new TokenSlots(300, Spare: 1, IsTorn: false));
    }

    [Fact]
    public void A_file_that_was_cut_keeps_its_whole_slot()
    {
        Write(100);
        Write(200);
        RandomAccess.SetLength(_file, RandomAccess.GetLength(_file) - 1);
        TokenSlots.Read(_file).ShouldBe(new TokenSlots(100, Spare: 1, IsTorn: true));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("0000000000000000100 ", false)]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", false)]
    [InlineData("4711", true)]
    [InlineData("4711\n", true)]
    [InlineData("a", true)]
    [InlineData("0000000000000000100 0123456x\n", true)]
    [InlineData("0000000000000000100 01234567 ", true)]
    public void What_no_write_of_a_token_leaves_is_foreign(string content, bool isForeign)
    {
        Overwrite(content);
        TokenSlots.Read(_file).IsForeign.ShouldBe(isForeign);
    }

    [Fact]
    public void More_than_two_tokens_are_foreign()
    {
        Write(100);
        Write(200);
        var text = Encoding.ASCII.GetString(Content());
        foreach (var more in (string[])["\n", "0", text])
        {
            Overwrite(text + more);
            TokenSlots.Read(_file).IsForeign.ShouldBeTrue();
        }
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return _folder.DisposeAsync();
    }

    private void Write(long token) => TokenSlots.Write(_file, TokenSlots.Read(_file), token);

    private void Overwrite(string content)
    {
        RandomAccess.SetLength(_file, 0);
        RandomAccess.Write(_file, Encoding.ASCII.GetBytes(content), 0);
    }

    private byte[] Content()
    {
        var content = new byte[RandomAccess.GetLength(_file)];
        RandomAccess.Read(_file, content, 0);
        return content;
    }
}
