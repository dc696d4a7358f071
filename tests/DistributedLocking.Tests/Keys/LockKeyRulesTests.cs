using System.Text;
using DistributedLocking.Keys;
using FsCheck;
using FsCheck.Fluent;

namespace DistributedLocking.Tests.Keys;

public sealed class LockKeyRulesTests
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    [Theory]
    [InlineData("k")]
    [InlineData(" ")]
    [InlineData("\0")]
    [InlineData("}{")]
    [InlineData("tenant:é:\U0001F512")]
    [InlineData("\uD83D\uDD12")]
    [InlineData("\uFFFE\uFFFF")]
    public void Well_formed_keys_pass(string key)
    {
        LockKeyRules.IsWellFormed(key).ShouldBeTrue();
        Should.NotThrow(() => LockKeyRules.Check(key));
    }

    // As numbers, because the metadata of an attribute can't hold such a text.
    [Theory]
    [InlineData("D83D")]
    [InlineData("DD12")]
    [InlineData("006B D83D")]
    [InlineData("D83D 006B")]
    [InlineData("DD12 D83D")]
    [InlineData("D83D D83D DD12")]
    [InlineData("D83D DD12 DD12")]
    public void A_surrogate_without_its_partner_is_refused(string units)
    {
        var key = string.Concat(units.Split(' ').Select(unit => (char)Convert.ToUInt16(unit, 16)));

        LockKeyRules.IsWellFormed(key).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => LockKeyRules.Check(key)).ParamName.ShouldBe("key");
    }

    [Fact]
    public void Null_and_empty_are_refused()
    {
        string? missing = null;
        Should.Throw<ArgumentNullException>(() => LockKeyRules.Check(missing)).ParamName.ShouldBe("missing");
        Should.Throw<ArgumentException>(() => LockKeyRules.Check("", "key")).ParamName.ShouldBe("key");
    }

    [Fact]
    public void Well_formed_is_what_a_strict_encoder_takes()
    {
        var units = Gen.Frequency<char>(
            (2, Gen.Choose(0x20, 0x7E).Select(value => (char)value)),
            (1, Gen.Choose(0xE000, 0xFFFF).Select(value => (char)value)),
            (3, Gen.Choose(0xD800, 0xDBFF).Select(value => (char)value)),
            (3, Gen.Choose(0xDC00, 0xDFFF).Select(value => (char)value)));
        var texts = units.ArrayOf().Select(array => new string(array));

        Prop.ForAll(texts.ToArbitrary(), text => LockKeyRules.IsWellFormed(text) == Encodes(text)).QuickCheckThrowOnFailure();
    }

    private static bool Encodes(string text)
    {
        try
        {
            Strict.GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
