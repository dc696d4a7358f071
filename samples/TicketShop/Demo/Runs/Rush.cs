using System.Net;
using TicketShop.Demo.Freezing;
using TicketShop.Demo.Instances;
using TicketShop.Options;
using TicketShop.Shop.Events;

namespace TicketShop.Demo.Runs;

/// <summary>Makes many calls to both instances at the same time.</summary>
internal sealed class Rush(ShopInstances instances, Freezer freezer, ShopOptions options)
{
    /// <summary>
    /// Makes all calls. In a frozen run the first one is stopped in its worst moment before the others are made, for
    /// twice the lock's time to live; the second wants the same as the first.
    /// </summary>
    internal async Task<RushResult> RunAsync(IReadOnlyList<Call> calls, bool isFrozen, CancellationToken cancellationToken)
    {
        await instances.ClearEventsAsync(cancellationToken);
        var clock = TimeProvider.System;
        var begun = clock.GetTimestamp();
        var begunAt = ShopEvent.Now();

        var (outcomes, freeze) = isFrozen
            ? await RunFrozenAsync(calls, cancellationToken)
            : (await Task.WhenAll(calls.Select(call => SendAsync(call, isFrozen: false, cancellationToken))), null);

        var seconds = clock.GetElapsedTime(begun).TotalSeconds;
        var events = (await instances.ReadEventsAsync(cancellationToken))
            .Concat(freeze?.Events ?? [])
            .OrderBy(one => one.Time)
            .Select(one => one with { Time = one.Time - begunAt });
        return new RushResult(outcomes, seconds, [.. events]);
    }

    private async Task<(Outcome[] Outcomes, Freeze? Freeze)> RunFrozenAsync(IReadOnlyList<Call> calls, CancellationToken cancellationToken)
    {
        var freeze = freezer.Prepare(calls[0].Key, calls[0].Caller);
        try
        {
            List<Task<Outcome>> sent = [SendAsync(calls[0], isFrozen: true, cancellationToken)];
            await Task.WhenAny(freeze.Reached, sent[0]);
            sent.AddRange(calls.Skip(1).Select(call => SendAsync(call, isFrozen: false, cancellationToken)));

            // Twice the time to live is enough for the rival, unless the machine is busy or a frozen process keeps its
            // lock.
            var freezeTime = 2 * options.TimeToLive;
            await Task.Delay(freezeTime, TimeProvider.System, cancellationToken);
            await Task.WhenAny(sent[1], Task.Delay(freezeTime, TimeProvider.System, cancellationToken));
            await freeze.ThawAsync();
            return (await Task.WhenAll(sent), freeze);
        }
        finally
        {
            await freeze.ThawAsync();
        }
    }

    private static async Task<Outcome> SendAsync(Call call, bool isFrozen, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await call.Instance.Http.PostAsJsonAsync(call.Path, call.Body(isFrozen), cancellationToken);
            return response.StatusCode switch
            {
                HttpStatusCode.Created => Outcome.Wrote,
                HttpStatusCode.Conflict => Outcome.Declined,
                HttpStatusCode.PreconditionFailed => Outcome.Refused,
                _ => Outcome.Failed,
            };
        }
        catch (HttpRequestException)
        {
            return Outcome.Failed;
        }
    }
}
