using ConcurrentMutation.Figures;
using ConcurrentMutation.Options;
using ConcurrentMutation.Stages;
using ConcurrentMutation.Workers;

namespace DistributedLocking.Samples.Tests.Workers;

public sealed class MessageTextTests
{
    [Fact]
    public void Options_survive_the_way()
    {
        var options = new OptionsBinder(_ => null, _ => null).Bind() with { Redis = "host:1,password=p\n\"", Data = "/tmp/ä", Mutex = MutexKind.Redis, MySql = "Server=a;Password='p;\n'", Postgres = "Host=b" };

        var read = RoundTrip(new Configure(options)).ShouldBeOfType<Configure>().Options;

        (read with { Stages = options.Stages }).ShouldBe(options);
        read.Stages.ShouldBe(options.Stages);
    }

    [Fact]
    public void Figures_survive_the_way()
    {
        var figures = new WorkerFigures
        {
            ProcessId = 4711,
            Mutations = long.MaxValue,
            Inconsistencies = 2,
            Deadlocks = 4,
            Busy = TimeSpan.FromTicks(12_345_678),
            ErrorsByCause = new Dictionary<string, long>(StringComparer.Ordinal) { ["lock lost"] = 3 },
        };

        var read = RoundTrip(new Finished([figures])).ShouldBeOfType<Finished>().Workers.ShouldHaveSingleItem();

        (read with { ErrorsByCause = figures.ErrorsByCause }).ShouldBe(figures);
        read.ErrorsByCause.ShouldBe(figures.ErrorsByCause);
    }

    [Fact]
    public void Every_other_message_survives_the_way()
    {
        Message[] messages = [new Prepare(Stage.All[4]), new Start(long.MaxValue), new Stop(), new Ready(), new Failed("why")];

        messages.Select(RoundTrip).ShouldBe(messages);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"type":"unknown"}""")]
    [InlineData("a line that something else wrote")]
    public void Refuses_what_is_no_message(string line) => Should.Throw<FormatException>(() => MessageText.Read(line));

    private static Message RoundTrip(Message message)
    {
        var line = MessageText.Write(message);
        line.ShouldNotContain('\n');
        return MessageText.Read(line);
    }
}
