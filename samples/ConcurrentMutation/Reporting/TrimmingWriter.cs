using System.Text;

namespace ConcurrentMutation.Reporting;

/// <summary>Leaves out the blanks at the ends of lines, with which Spectre.Console fills its columns.</summary>
internal sealed class TrimmingWriter(TextWriter inner) : TextWriter
{
    private int blanks;

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value)
    {
        if (value == ' ')
        {
            blanks++;
            return;
        }

        if (value is not ('\r' or '\n'))
        {
            inner.Write(new string(' ', blanks));
        }

        blanks = 0;
        inner.Write(value);
    }

    public override void Flush() => inner.Flush();
}
