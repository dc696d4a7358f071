using System.Runtime.InteropServices;

namespace DistributedLocking.Sql.Dialects;

/// <summary>What an attempt to take a lease came to.</summary>
/// <param name="Token">The fencing token of the grant, or null when somebody else holds the lease.</param>
/// <param name="HolderExpiresIn">When the holder's lease ends, if the statement tells.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LeaseState(long? Token, TimeSpan? HolderExpiresIn);
