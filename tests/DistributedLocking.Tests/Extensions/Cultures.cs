using System.Globalization;

namespace DistributedLocking.Tests.Extensions;

/// <summary>Cultures that print numbers and dates in another way than the invariant one.</summary>
public static class Cultures
{
    private const string Odd = "odd";

    public static TheoryData<string> Names => ["de-DE", "ar-SA", "sv-SE", Odd];

    public static IDisposable Use(string name)
    {
        var before = CultureInfo.CurrentCulture;
        var culture = Get(name);
        if (name.Length > 0)
        {
            string.Equals((-1234.5).ToString(culture), "-1234.5", StringComparison.Ordinal).ShouldBeFalse("the test would prove nothing");
        }

        CultureInfo.CurrentCulture = culture;
        return new Scope(before);
    }

    public static bool IsInUse(string name) =>
        string.Equals((-1.5).ToString(CultureInfo.CurrentCulture), (-1.5).ToString(Get(name)), StringComparison.Ordinal);

    private static CultureInfo Get(string name)
    {
        if (!string.Equals(name, Odd, StringComparison.Ordinal))
        {
            return CultureInfo.GetCultureInfo(name);
        }

        // Independent of the machine's culture data.
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NegativeSign = "minus ";
        culture.NumberFormat.NumberDecimalSeparator = " point ";
        culture.NumberFormat.NumberGroupSeparator = "_";
        culture.DateTimeFormat.ShortDatePattern = "dd.MM.yyyy";
        culture.DateTimeFormat.LongTimePattern = "H.mm.ss";
        return culture;
    }

    private sealed class Scope(CultureInfo before) : IDisposable
    {
        public void Dispose() => CultureInfo.CurrentCulture = before;
    }
}
