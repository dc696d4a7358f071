using System.Runtime.InteropServices;

namespace DistributedLocking.Sql.Dialects;

/// <summary>What an attempt to take a lease came to.</summary>
/// <param name="Token">
/// The grant's fencing token, the last of several in a row; or null when somebody else holds the lease.
/// </param>
/// <param name="HolderExpiresIn">When the holder's lease ends, if the statement tells.</param>
/// <param name="IsReleaseNotified">Whether the holder's release will be notified without another wish.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LeaseState(long? Token, TimeSpan? HolderExpiresIn, bool IsReleaseNotified = false);
