using System.Security.Cryptography;

namespace DistributedLocking.Engine.Acquiring;

/// <summary>
/// Owner ids: who it is, for people, and 128 random bits, so that nobody can release what he does not own.
/// </summary>
internal static class OwnerId
{
    private const int RandomBytes = 16;
    private const int RandomCharacters = 22;

    // The system's generator is asked for many ids at once: a call costs microseconds, however few bytes it is for.
    private const int BufferedIds = 64;

    [ThreadStatic]
    private static byte[]? _random;

    [ThreadStatic]
    private static int _used;

    private static readonly string Process = $"{Environment.MachineName}:{Environment.ProcessId}:";

    internal static string New() => string.Create(Process.Length + RandomCharacters, 0, static (text, _) =>
    {
        Process.CopyTo(text);
        Span<char> encoded = stackalloc char[24];
        Convert.TryToBase64Chars(NextRandom(), encoded, out _);
        encoded[..RandomCharacters].Replace('+', '-');
        encoded[..RandomCharacters].Replace('/', '_');
        encoded[..RandomCharacters].CopyTo(text[Process.Length..]);
    });

    private static ReadOnlySpan<byte> NextRandom()
    {
        if (_random is null || _used == _random.Length)
        {
            RandomNumberGenerator.Fill(_random ??= new byte[BufferedIds * RandomBytes]);
            _used = 0;
        }

        _used += RandomBytes;
        return _random.AsSpan(_used - RandomBytes, RandomBytes);
    }
}
