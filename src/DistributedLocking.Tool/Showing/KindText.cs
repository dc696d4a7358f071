namespace DistributedLocking.Tool.Showing;

internal static class KindText
{
    internal static string Of(LockHolderKind kind) => kind switch
    {
        LockHolderKind.Reader => "reader",
        LockHolderKind.Writer => "writer",
        LockHolderKind.Permit => "permit",
        _ => "lock",
    };
}
