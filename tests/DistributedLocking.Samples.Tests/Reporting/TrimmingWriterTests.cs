using ConcurrentMutation.Reporting;

namespace DistributedLocking.Samples.Tests.Reporting;

public sealed class TrimmingWriterTests
{
    [Theory]
    [InlineData("a  \nb \r\n   \n", "a\nb\r\n\n")]
    [InlineData("  a  b", "  a  b")]
    [InlineData("a \n  ", "a\n")]
    public void Leaves_out_blanks_at_the_end_of_a_line(string text, string trimmed)
    {
        using var inner = new StringWriter();
        using (var writer = new TrimmingWriter(inner))
        {
            writer.Write(text);
        }

        inner.ToString().ShouldBe(trimmed);
    }
}
