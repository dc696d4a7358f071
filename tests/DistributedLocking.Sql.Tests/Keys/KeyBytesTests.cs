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

        new KeyBytes("").Encode(key).ShouldBe(Encoding.UTF8.GetBytes(key));
    }

    [Theory]
    [InlineData(256)]
    [InlineData(10_000)]
    public void A_longer_one_is_hashed_behind_a_byte_that_no_text_has(int length)
    {
        var bytes = new KeyBytes("").Encode(new string('x', length));

        bytes.Length.ShouldBe(33);
        Should.Throw<DecoderFallbackException>(() => Strict.GetString(bytes));
    }

    [Fact]
    public void The_prefix_counts()
    {
        new KeyBytes("lock:").Encode("key").ShouldBe("lock:key"u8.ToArray());
        new KeyBytes(new string('p', 200)).Encode(new string('x', 55)).Length.ShouldBe(255);
        new KeyBytes(new string('p', 200)).Encode(new string('x', 56)).Length.ShouldBe(33);
        new KeyBytes("a").Encode(new string('x', 300)).ShouldNotBe(new KeyBytes("b").Encode(new string('x', 300)));
    }

    [Fact]
    public void Different_keys_have_different_bytes()
    {
        // Few letters and lengths about the limit, so that near misses are common.
        var texts = Gen.Elements('a', 'A', ' ', '\0', 'é', '\u0301').ArrayOf()
            .SelectMany(_ => Gen.Choose(0, 260), (letters, padding) => new string(letters) + new string('x', padding));
        var pairs = Gen.Zip(texts, texts);

        Prop.ForAll(pairs.ToArbitrary(), pair => Encode(pair.Item1).AsSpan().SequenceEqual(Encode(pair.Item2)) == (pair.Item1 == pair.Item2))
            .QuickCheckThrowOnFailure();

        static byte[] Encode(string key) => new KeyBytes("lock:").Encode(key);
    }
}
