using System.Globalization;

namespace LeaderWorker;

/// <summary>What an instance says, a line each: a word and a number.</summary>
internal static class Report
{
    internal const string Ready = "ready";
    internal const string Leads = "leads";
    internal const string Published = "published";
    internal const string Refused = "refused";
    internal const string Ended = "ended";

    internal static void Write(string word, long number) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{word} {number}"));

    internal static (string Word, long Number) Parse(string line) =>
        line.Split(' ') is [var word, var number] ? (word, long.Parse(number, CultureInfo.InvariantCulture)) : (line, 0);
}
