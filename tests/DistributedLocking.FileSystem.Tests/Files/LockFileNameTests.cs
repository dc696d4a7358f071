using DistributedLocking.FileSystem.Files;
using FsCheck;
using FsCheck.Fluent;

namespace DistributedLocking.FileSystem.Tests.Files;

public class LockFileNameTests
{
    [Theory]
    [InlineData("a", "A")]
    [InlineData("a", "a ")]
    [InlineData("a", "a.")]
    [InlineData("\u00e9", "e\u0301")]
    [InlineData("a/b", "a\\b")]
    [InlineData("a/b", "a_b")]
    [InlineData("con", "CON")]
    [InlineData("..", ".")]
    public void Keys_that_a_file_system_might_merge_have_names_of_their_own(string one, string other) =>
        LockFileName.Of("lock:", one).ShouldNotBe(LockFileName.Of("lock:", other), StringComparer.OrdinalIgnoreCase);

    [Fact]
    public void The_prefix_is_part_of_the_name() => LockFileName.Of("a:", "k").ShouldNotBe(LockFileName.Of("b:", "k"), StringComparer.OrdinalIgnoreCase);

    [Fact]
    public void The_name_is_the_documented_hash() =>
        LockFileName.Of("lock:", "orders").ShouldBe("1253bfb12d708c514f50207fe3b77b931f99170437f83633eeefabd7fdd30a0e.lock");

    [Fact]
    public void Different_keys_have_different_names_that_any_file_system_takes() =>
        Prop.ForAll<NonNull<string>, NonNull<string>>((one, other) =>
        {
            var (first, second) = (LockFileName.Of("lock:", one.Get), LockFileName.Of("lock:", other.Get));
            return string.Equals(one.Get, other.Get, StringComparison.Ordinal) == string.Equals(first, second, StringComparison.OrdinalIgnoreCase)
                && first.Length == 69
                && first[..64].All(char.IsAsciiHexDigitLower)
                && first.EndsWith(".lock", StringComparison.Ordinal);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Long_keys_that_differ_at_the_end_differ() =>
        LockFileName.Of("lock:", new string('x', 100_000) + "1").ShouldNotBe(LockFileName.Of("lock:", new string('x', 100_000) + "2"), StringComparer.OrdinalIgnoreCase);
}
