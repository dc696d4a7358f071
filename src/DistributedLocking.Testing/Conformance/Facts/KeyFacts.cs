namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Guarantee 1: keys are ordinal, and no two become one in the store.</summary>
internal static class KeyFacts
{
    private static readonly int[] Lengths = [50, 200, 250, 256, 512, 1_000, 10_000];

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Exclusion, "keys that differ in case are different", CaseMatters),
        new(LockGuarantee.Exclusion, "keys that differ in spaces are different", SpacesMatter),
        new(LockGuarantee.Exclusion, "keys that differ in their normalization form are different", NormalizationFormMatters),
        new(LockGuarantee.Exclusion, "long keys that differ in one character are different", LengthMatters),
        new(LockGuarantee.Exclusion, "braces, also at the start, are characters like others", BracesMatter),
        new(LockGuarantee.Exclusion, "control characters and characters outside the basic plane are allowed", ControlCharactersAndEmojiMatter),
        new(LockGuarantee.Exclusion, "separators, wildcards and escapes have no meaning", SeparatorsMatter),
        new(LockGuarantee.Exclusion, "null, empty and ill-formed keys are refused", InvalidKeysAreRefused),
    ];

    private static Task CaseMatters(FactContext context) => AllDifferentAsync(
        context, run => [.. Before(run, "key", "KEY", "Key", "straße", "strasse", "STRASSE", "i", "ı", "İ", "I"), "a" + run, "A" + run]);

    private static Task SpacesMatter(FactContext context) => AllDifferentAsync(
        context,
        run => [.. Before(run, "", " ", "  ", "\t", "\u00A0", "\u200B", "\u3000", "a b", "a  b", "ab"), .. After(run, " ", "  ", "\t", "\u00A0", "\u200B", "\u3000")]);

    private static Task NormalizationFormMatters(FactContext context) => AllDifferentAsync(
        context, run => Before(run, "\u00E9", "e\u0301", "\u212B", "\u00C5", "A\u030A", "\uFB01", "fi", "\uFF21", "A"));

    private static Task LengthMatters(FactContext context) => AllDifferentAsync(
        context,
        run =>
        [
            .. Lengths.Select(length => new string('k', length - run.Length - 1)).SelectMany(fill => Before(run, fill + "a", fill + "b", "a" + fill)),
            .. Before(run, new string('\u20AC', 3_000) + "a", new string('\u20AC', 3_000) + "b"),
        ]);

    private static Task BracesMatter(FactContext context) => AllDifferentAsync(
        context,
        run =>
        [
            .. Before(run, "", "}", "{", "{}", "{a}", "{b}", "{{a}}", "{a}{b}", "{b}{a}"),
            .. After(run, "}", "{", "{}", "{a}", "{b}", "}{", "}}"),
            $"{{{run}}}", $"}}{{{run}}}", $"{{}}{{{run}}}", $"{{{run}}}a", $"{{{run}}}b",
        ]);

    private static Task ControlCharactersAndEmojiMatter(FactContext context) => AllDifferentAsync(
        context,
        run =>
        [
            .. Before(run, "", "\0", "\0\0", "\0b", "\r", "\n", "\r\n", "\u001B", "\u007F", "\uFEFF", "\uFFFF", "😀", "😁", "👩‍🚀", "👩🚀"),
            .. After(run, "\0", "\n", "\uFEFF", "😀"),
        ]);

    private static Task SeparatorsMatter(FactContext context) => AllDifferentAsync(
        context,
        run =>
        [
            .. Before(run, "", ".", "..", "/", "/.", "/b", "\\b", ":b", "_b", "%2Fb", "%b", "*", "?", "'", "\"", "';--", "$1", "|b", ".txt", ".lock", ".tmp", "~1"),
            .. After(run, "../", "./", "/", "a/", "~", "-", "--", "con.", "*", "lock:", "lock:lock:"),
        ]);

    private static IEnumerable<string> Before(string run, params string[] endings) => endings.Select(ending => run + ending);

    private static IEnumerable<string> After(string run, params string[] beginnings) => beginnings.Select(beginning => beginning + run);

    /// <summary>
    /// All of them can be held at once, so no two are the same; each is refused elsewhere, so it is the same there.
    /// </summary>
    private static async Task AllDifferentAsync(FactContext context, Func<string, IEnumerable<string>> keysOfRun)
    {
        var first = await context.LockAsync().ConfigureAwait(false);
        var second = await context.LockAsync().ConfigureAwait(false);
        List<IDistributedLockHandle> held = [];
        foreach (var key in keysOfRun(context.Run))
        {
            held.Add(await context.AtOnceAsync(first, key, $"The key {Describe(key)} should differ from all others that are held.").ConfigureAwait(false));
            Expect.Equal(key, held[^1].Key, "The handle's key");
        }

        foreach (var handle in held)
        {
            var name = Describe(handle.Key);
            await context.RefusedAsync(second, handle.Key, $"The key {name} should be refused to another instance while it is held.").ConfigureAwait(false);
            Expect.True(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), $"The release of {name} should be true.");
        }
    }

    private static async Task InvalidKeysAreRefused(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        foreach (var key in (string?[])[null, "", "\uD83D", "\uDE00", "a\uD83Db", "\uDE00\uD83D"])
        {
            await Expect.ThrowsAsync<ArgumentException>(
                () => locks.AcquireAsync(key!, Leases.Long, context.Token).AsTask(), "Acquiring an invalid key should be refused.").ConfigureAwait(false);
            await Expect.ThrowsAsync<ArgumentException>(
                () => locks.TryAcquireAsync(key!, Leases.Long, context.Token).AsTask(), "Trying an invalid key should be refused.").ConfigureAwait(false);
            await Expect.ThrowsAsync<ArgumentException>(
                () => locks.ReleaseAsync(key!, context.Token).AsTask(), "Releasing an invalid key should be refused.").ConfigureAwait(false);
        }
    }

    private static string Describe(string key) =>
        key.Length <= 60 ? $"'{Uri.EscapeDataString(key)}'" : $"of {key.Length} characters that ends in '{Uri.EscapeDataString(key[^5..])}'";
}
