// Data for whoever reads stdout: written whole, waiting for the reader if need be.
using System;
using Epollecho.Interop;
using Tmds.Linux;

namespace Epollecho.Native.Output;

internal static class StandardOutput
{
    public const int Fd = 1;

    /// <summary>Writes all of it; false, with a message on stderr, if that cannot be.</summary>
    public static bool TryWrite(scoped ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            nint written = Files.Write(Fd, bytes);
            if (Errno.IsAgain(written))
            {
                // Another process that shares the stream has set O_NONBLOCK on it.
                _ = Socket.AwaitWritable(Fd, -1);
                continue;
            }
            if (written <= 0) return Fail(written == 0 ? LibC.EIO : (int)-written);
            bytes = bytes[(int)written..];
        }
        return true;
    }

    /// <summary>Reports on stderr why stdout does not take bytes; false.</summary>
    public static bool Fail(int errno) => Log.Fail("cannot write to standard output"u8, errno);
}
