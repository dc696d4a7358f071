using ConcurrentMutation.Stages;

namespace DistributedLocking.Samples.Tests.Stages;

public sealed class StageListTests
{
    [Theory]
    [InlineData("all", "no mutex|mutex|benchmark mutex|row lock|benchmark row lock|version|benchmark version")]
    [InlineData("demo", "no mutex|mutex|row lock|version")]
    [InlineData("benchmark", "benchmark mutex|benchmark row lock|benchmark version")]
    [InlineData("version, no-mutex", "no mutex|version")]
    [InlineData("Benchmark-Row-Lock,row lock,row-lock", "row lock|benchmark row lock")]
    public void Chooses_stages_in_the_order_in_which_they_run(string text, string stages) =>
        string.Join('|', StageList.Parse(text).Select(stage => stage.Name)).ShouldBe(stages);

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("mutex,warm-up")]
    public void Refuses_what_is_no_stage(string text) => Should.Throw<FormatException>(() => StageList.Parse(text));
}
