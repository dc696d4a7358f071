namespace DistributedLocking.Benchmarks.Measurement;

/// <summary>One of those that are compared: it takes a turn when it is told to.</summary>
internal interface IContender<TSample> : IAsyncDisposable
    where TSample : ISample
{
    Task<TSample> TakeTurnAsync(TimeSpan length);
}

/// <summary>What one turn came to.</summary>
internal interface ISample
{
    /// <summary>
    /// How many methods the processes of the turn compiled meanwhile; a turn of warm code has none, or hardly any.
    /// </summary>
    int MethodsCompiled { get; }
}
