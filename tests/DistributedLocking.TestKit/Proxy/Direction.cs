namespace DistributedLocking.TestKit.Proxy;

/// <summary>Which way bytes go.</summary>
[Flags]
public enum Direction
{
    /// <summary>What clients send.</summary>
    Requests = 1,

    /// <summary>What the server sends.</summary>
    Replies = 2,

    /// <summary>Everything.</summary>
    Both = Requests | Replies,
}
