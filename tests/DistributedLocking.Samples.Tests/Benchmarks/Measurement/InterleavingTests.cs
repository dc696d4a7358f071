using DistributedLocking.Benchmarks.Measurement;

namespace DistributedLocking.Samples.Tests.Benchmarks.Measurement;

public sealed class InterleavingTests
{
    private static readonly TimeSpan Length = TimeSpan.FromMilliseconds(1);

    private readonly List<int> _turns = [];

    [Fact]
    public async Task Each_contender_has_one_turn_a_round_and_every_place_in_some_of_them()
    {
        await RunAsync(new WarmUp(0, 0, 0), repetitions: 60, Contender(0), Contender(1), Contender(2));

        var rounds = _turns.Chunk(3).ToList();
        rounds.Count.ShouldBe(60);
        rounds.ShouldAllBe(round => round.Distinct().Count() == 3);
        Enumerable.Range(0, 3).ShouldAllBe(place => rounds.Select(round => round[place]).Distinct().Count() == 3);
    }

    [Fact]
    public async Task Warming_up_goes_on_while_anybody_is_being_compiled()
    {
        var rounds = await RunAsync(new WarmUp(2, 3, 40), repetitions: 3, Contender(0), Contender(1, coldTurns: 7));

        // Seven cold rounds, and three quiet ones.
        _turns.Count.ShouldBe((10 + 3) * 2);
        rounds.Of(1).ShouldAllBe(sample => sample.MethodsCompiled == 0);
        rounds.Note.ShouldBe("10 rounds of warm-up, 3 measured, 0 + 0 methods compiled meanwhile");
    }

    [Fact]
    public async Task Warming_up_has_a_least_and_a_most()
    {
        await RunAsync(new WarmUp(4, 1, 40), repetitions: 1, Contender(0));
        _turns.Count.ShouldBe(4 + 1);

        _turns.Clear();
        await RunAsync(new WarmUp(4, 1, 6), repetitions: 1, Contender(0, coldTurns: int.MaxValue));
        _turns.Count.ShouldBe(6 + 1);
    }

    [Fact]
    public void A_long_turn_may_have_a_hundredth_of_it_compiled()
    {
        ISample[] round = [new NumberSample(1, 20)];

        WarmUp.IsQuiet(round, TimeSpan.FromSeconds(2)).ShouldBeTrue();
        WarmUp.IsQuiet(round, TimeSpan.FromSeconds(1.9)).ShouldBeFalse();
    }

    [Fact]
    public async Task Ratios_are_within_a_round()
    {
        // Each contender's figure is its turn's number, times its own factor.
        var rounds = await RunAsync(new WarmUp(0, 0, 0), repetitions: 5, Contender(1), Contender(3));

        rounds.Median(1, sample => sample.Figure).ShouldBe(9);
        rounds.Ratios(1, 0, sample => sample.Figure).ShouldBe([3, 3, 3, 3, 3]);
        rounds.MedianRatio(0, 1, sample => sample.Figure).ShouldBe(1.0 / 3);
    }

    private static Task<Rounds<NumberSample>> RunAsync(WarmUp warmUp, int repetitions, params NumberContender[] contenders) =>
        Interleaving.RunAsync<NumberSample>(contenders, warmUp, repetitions, Length, TestContext.Current.CancellationToken);

    private NumberContender Contender(int factor, int coldTurns = 0) => new(_turns, factor, coldTurns);

    private sealed record NumberSample(double Figure, int MethodsCompiled) : ISample;

    private sealed class NumberContender(List<int> turns, int factor, int coldTurns) : IContender<NumberSample>
    {
        private int _turn;

        public Task<NumberSample> TakeTurnAsync(TimeSpan length)
        {
            length.ShouldBe(Length);
            turns.Add(factor);
            _turn++;
            return Task.FromResult(new NumberSample(factor * _turn, _turn <= coldTurns ? 100 : 0));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
