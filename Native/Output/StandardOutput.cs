// Data for whoever reads stdout: written whole, waiting for the reader if need be.
using System;
using Epollecho.Interop;

namespace Epollecho.Native.Output;

internal static class StandardOutput
{
    public const int Fd = 1;

    /// <summary>Writes all of it; false, with a message on stderr, if that cannot be.</summary>
    public static bool TryWrite(scoped ReadOnlySpan<byte> bytes)
    {
        // Another process that shares it may have set O_NONBLOCK.
        int result = Files.WriteAll(Fd, bytes, awaitsRoom: true);
        return result >= 0 || Fail(-result);
    }

    /// <summary>Reports on stderr why stdout does not take bytes; false.</summary>
    public static bool Fail(int errno) => Log.Fail("cannot write to standard output"u8, errno);
}
