using System.Text;
using DistributedLocking.Sql.Keys;
using FsCheck;
using FsCheck.Fluent;

namespace DistributedLocking.Sql.Tests.Keys;

public sealed class KeyBytesTests
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(254)]
    [InlineData(255)]
    public void A_key_that_fits_is_kept_as_it_is(int length)
    {
        var key = new string('x', length);

        KeyBytes.OfResources.Encode(key).ShouldBe(Encoding.UTF8.GetBytes(key));
    }

    [Theory]
    [InlineData(256)]
    [InlineData(10_000)]
    public void A_longer_one_is_hashed_behind_a_byte_that_no_text_has(int length)
    {
        var bytes = KeyBytes.OfResources.Encode(new string('x', length));

        bytes.Length.ShouldBe(33);
        Should.Throw<DecoderFallbackException>(() => Strict.GetString(bytes));
    }

    [Fact]
    public void The_prefix_counts()
    {
        KeyBytes.OfLocks("lock:").Encode("key").ShouldBe("5:lock:key"u8.ToArray());
        KeyBytes.OfLocks("Schloß:").Encode("key").ShouldBe("8:Schloß:key"u8.ToArray());
        KeyBytes.OfLocks("").Encode("key").ShouldBe("0:key"u8.ToArray());
        KeyBytes.OfLocks(new string('p', 200)).Encode(new string('x', 51)).Length.ShouldBe(255);
        KeyBytes.OfLocks(new string('p', 200)).Encode(new string('x', 52)).Length.ShouldBe(33);
        KeyBytes.OfLocks("a").Encode(new string('x', 300)).ShouldNotBe(KeyBytes.OfLocks("b").Encode(new string('x', 300)));
    }

    [Fact]
    public void A_prefix_and_a_key_have_bytes_of_their_own()
    {
        // Few letters, and those of the length before the prefix, so that most pairs read alike.
        var texts = Gen.Elements('1', '2', ':', 'é').ArrayOf().Resize(3).Select(letters => new string(letters));
        var padding = Gen.Elements("", new string('x', 300));
        var names = Gen.Zip(texts, Gen.Zip(texts, padding, (key, end) => key + end));

        Prop.ForAll(Gen.Zip(names, names).ToArbitrary(), pair => Encode(pair.Item1).AsSpan().SequenceEqual(Encode(pair.Item2)) == (pair.Item1 == pair.Item2))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

        static byte[] Encode((string Prefix, string Key) name) => KeyBytes.OfLocks(name.Prefix).Encode(name.Key);
    }

    [Fact]
    public void Halves_of_one_character_in_prefix_and_key_are_refused() =>
        Should.Throw<ArgumentException>(() => KeyBytes.OfLocks("a\uD83D").EncodeChecked("\uDE00b", "key")).ParamName.ShouldBe("key");

    [Fact]
    public void Different_keys_have_different_bytes()
    {
        // Few letters and lengths about the limit, so that near misses are common.
        var texts = Gen.Elements('a', 'A', ' ', '\0', 'é', '\u0301').ArrayOf()
            .SelectMany(_ => Gen.Choose(0, 260), (letters, padding) => new string(letters) + new string('x', padding));
        var pairs = Gen.Zip(texts, texts);

        Prop.ForAll(pairs.ToArbitrary(), pair => Encode(pair.Item1).AsSpan().SequenceEqual(Encode(pair.Item2)) == (pair.Item1 == pair.Item2))
            .QuickCheckThrowOnFailure();

        static byte[] Encode(string key) => KeyBytes.OfLocks("lock:").Encode(key);
    }
}
