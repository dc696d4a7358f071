namespace DistributedLocking.Tool;

/// <summary>The command line is wrong, in words for whoever typed it.</summary>
internal sealed class UsageException(string message) : Exception(message);
