using DistributedLocking.FileSystem.Files;
using FsCheck;
using FsCheck.Fluent;

namespace DistributedLocking.Tests.FileSystem.Files;

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
    public void A_prefix_and_a_key_have_a_name_of_their_own()
    {
        // Few letters, and those of the length before the prefix, so that most pairs read alike.
        var texts = Gen.Elements('1', '2', ':', 'é').ArrayOf().Resize(3).Select(letters => new string(letters));
        var names = Gen.Zip(texts, texts);
        Prop.ForAll(
            Gen.Zip(names, names).ToArbitrary(),
            pair => string.Equals(Of(pair.Item1), Of(pair.Item2), StringComparison.Ordinal) == (pair.Item1 == pair.Item2))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

        static string Of((string Prefix, string Key) name) => LockFileName.Of(name.Prefix, name.Key);
    }

    [Fact]
    public void The_name_is_the_documented_hash() =>
        LockFileName.Of("lock:", "orders").ShouldBe("5cbf6398a3b27fda60758a261d364a9b7cf93ef551b18934b3237ca42e19429e.lock");

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
