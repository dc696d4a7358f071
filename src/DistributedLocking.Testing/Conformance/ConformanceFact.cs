using System.Runtime.CompilerServices;

namespace DistributedLocking.Testing.Conformance;

/// <summary>One thing that every provider does, unless its capabilities say otherwise.</summary>
public sealed class ConformanceFact
{
    /// <summary>No fact takes longer unless something hangs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Func<FactContext, Task> _body;

    internal ConformanceFact(
        LockGuarantee guarantee, string description, Func<FactContext, Task> body, [CallerArgumentExpression(nameof(body))] string name = "")
    {
        Guarantee = guarantee;
        Id = $"{guarantee}.{name}";
        Description = description;
        _body = body;
    }

    /// <summary>The fact's stable name, such as <c>Release.NeverTouchesASuccessor</c>.</summary>
    public string Id { get; }

    /// <summary>The guarantee that the fact belongs to.</summary>
    public LockGuarantee Guarantee { get; }

    /// <summary>What the provider does, in a sentence.</summary>
    public string Description { get; }

    /// <summary>
    /// Whether the fact makes the store unavailable for everybody, so that no other fact may use it meanwhile.
    /// </summary>
    public bool DisturbsStore => Requires.Contains(Requirement.Outage);

    /// <summary>Whether the fact starts other processes.</summary>
    public bool NeedsWorker => Requires.Contains(Requirement.OtherProcess);

    internal IReadOnlyList<Requirement> Requires { get; init; } = [];

    /// <summary>Tells whether the fact applies.</summary>
    /// <param name="fixture">The provider's fixture. Nothing is started or connected.</param>
    /// <returns>
    /// Null when the fact applies; else why not. A test framework shows it as the reason of a skipped test.
    /// </returns>
    public string? SkipReasonFor(ConformanceFixture fixture)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        return fixture.Deviations.TryGetValue(Id, out var reason)
            ? reason
            : Requires.Select(requirement => requirement.Check(fixture)).FirstOrDefault(missing => missing is not null);
    }

    /// <summary>Checks the fact.</summary>
    /// <param name="fixture">The provider's fixture.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <returns>A task that ends when the provider was seen to keep the fact.</returns>
    /// <exception cref="ConformanceException">The provider does not keep it.</exception>
    /// <exception cref="InvalidOperationException">
    /// The fact does not apply: <see cref="SkipReasonFor"/> says why.
    /// </exception>
    public async Task RunAsync(ConformanceFixture fixture, CancellationToken cancellationToken = default)
    {
        if (SkipReasonFor(fixture) is { } reason)
        {
            throw new InvalidOperationException($"{Id} does not apply: {reason}");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var context = new FactContext(this, fixture, stop.Token);
        try
        {
            try
            {
                // What hangs may not even listen to cancellation; it is left behind.
                await _body(context).WaitAsync(Limit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await context.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure(context, e);
        }
    }

    /// <inheritdoc />
    public override string ToString() => $"{(int)Guarantee} {Id}: {Description}";

    private ConformanceException Failure(FactContext context, Exception e)
    {
        var end = e switch
        {
            ConformanceException => e.Message,
            TimeoutException and not DistributedLockTimeoutException => $"It did not end in time: {e.Message} {context.Expectation}",
            _ => $"It ended with {e.GetType().Name}: {e.Message}",
        };
        return new ConformanceException($"{this} ({context.Fixture.GetType().Name}). {end}", e);
    }
}
