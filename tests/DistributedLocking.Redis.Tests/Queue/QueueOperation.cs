using FsCheck;
using FsCheck.Fluent;

namespace DistributedLocking.Redis.Tests.Queue;

/// <summary>What may happen to a lock that is waited for.</summary>
internal enum QueueAct
{
    /// <summary>The owner tries to acquire, and waits no longer.</summary>
    Try,

    /// <summary>The owner tries to acquire, and takes or keeps a place otherwise.</summary>
    Ask,

    /// <summary>The owner hears of its grant. One that does anything else before has missed the word.</summary>
    Hear,

    Renew,
    Release,

    /// <summary>The owner gives up its wait.</summary>
    Leave,

    /// <summary>The holder's lease ends by itself.</summary>
    Lapse,

    /// <summary>The queue ends by itself.</summary>
    ForgetQueue,
}

/// <summary>A step of a <see cref="QueueRun"/>.</summary>
/// <param name="Act">What happens.</param>
/// <param name="Owner">Who does it.</param>
/// <param name="Key">To which of the two locks.</param>
/// <param name="Tokens">How many tokens an acquisition wants.</param>
internal sealed record QueueOperation(QueueAct Act, char Owner, int Key, int Tokens)
{
    internal const string Owners = "abcd";

    private static readonly Gen<QueueAct> Acts = Gen.Frequency(
        (2, Gen.Constant(QueueAct.Try)),
        (9, Gen.Constant(QueueAct.Ask)),
        (2, Gen.Constant(QueueAct.Hear)),
        (1, Gen.Constant(QueueAct.Renew)),
        (6, Gen.Constant(QueueAct.Release)),
        (1, Gen.Constant(QueueAct.Leave)),
        (3, Gen.Constant(QueueAct.Lapse)),
        (1, Gen.Constant(QueueAct.ForgetQueue)));

    internal static Arbitrary<QueueOperation> Any { get; } = Arb.From(
        from act in Acts
        from owner in Gen.Elements(Owners.ToCharArray())
        from key in Gen.Choose(0, 1)
        from tokens in Gen.Elements(1, QueueModel.OfferedTokens)
        select new QueueOperation(act, owner, key, tokens),
        operation => operation.Simpler());

    /// <summary>The same by the one for whom it is worth while, if there is one.</summary>
    internal QueueOperation MadeWorthwhile(QueueModel model) => Act switch
    {
        QueueAct.Renew or QueueAct.Release => this with { Owner = model.Holder ?? Owner },
        QueueAct.Hear when !model.Told.IsEmpty => this with { Owner = model.Told.Min() },
        _ => this,
    };

    public override string ToString() => Act switch
    {
        QueueAct.Try or QueueAct.Ask => $"{Owner}{Key} {Act} {Tokens}",
        QueueAct.Lapse or QueueAct.ForgetQueue => $"{Key} {Act}",
        _ => $"{Owner}{Key} {Act}",
    };

    private IEnumerable<QueueOperation> Simpler()
    {
        if (Key > 0)
        {
            yield return this with { Key = 0 };
        }

        if (Tokens > 1)
        {
            yield return this with { Tokens = 1 };
        }

        if (Owner > Owners[0])
        {
            yield return this with { Owner = (char)(Owner - 1) };
        }
    }
}

/// <summary>A sequence of operations on two locks, and what they find.</summary>
/// <param name="SharesMark">Whether the two locks are in one bucket, so that their tokens come from one mark.</param>
/// <param name="IsMarkAhead">Whether the mark is ahead of the server's clock, and beyond the integers that a script's
/// numbers can count.</param>
/// <param name="Operations">The operations.</param>
internal sealed record QueueRun(bool SharesMark, bool IsMarkAhead, QueueOperation[] Operations)
{
    private static readonly Arbitrary<QueueOperation[]> Sequences = QueueOperation.Any.Array();

    internal static Arbitrary<QueueRun> Any { get; } = Arb.From(
        from shares in Gen.Elements(true, false)
        from ahead in Gen.Elements(true, false)
        from operations in Sequences.Generator
        from luck in Gen.Choose(0, 3).ArrayOf(operations.Length)
        select new QueueRun(shares, ahead, MostlyWorthwhile(operations, luck)),
        run => run.Simpler());

    public override string ToString() =>
        $"{(SharesMark ? "one mark" : "two marks")}{(IsMarkAhead ? " ahead of the clock" : "")}: {string.Join(", ", (object[])Operations)}";

    // Left to chance, three releases of four would be somebody's who holds nothing.
    private static QueueOperation[] MostlyWorthwhile(QueueOperation[] operations, int[] luck)
    {
        QueueModel[] locks = [QueueModel.Unused, QueueModel.Unused];
        return [.. operations.Zip(luck, (any, dice) =>
        {
            var model = locks[any.Key];
            var operation = dice > 0 ? any.MadeWorthwhile(model) : any;
            locks[any.Key] = model.Apply(operation).Next;
            return operation;
        })];
    }

    private IEnumerable<QueueRun> Simpler()
    {
        if (Operations.Any(operation => operation.Key > 0))
        {
            yield return this with { Operations = [.. Operations.Select(operation => operation with { Key = 0 })] };
        }

        foreach (var operations in Sequences.Shrinker(Operations))
        {
            yield return this with { Operations = operations };
        }

        if (SharesMark)
        {
            yield return this with { SharesMark = false };
        }

        if (IsMarkAhead)
        {
            yield return this with { IsMarkAhead = false };
        }
    }
}
