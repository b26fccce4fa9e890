// A pipe: a buffer in the kernel through which bytes go from one descriptor to another without
// being copied to this process (pipe(7), splice(2)).
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

internal struct Pipe
{
    public int ReadFd;
    public int WriteFd;
}

internal static unsafe partial class Pipes
{
    /// <summary>A non-blocking, close-on-exec pipe with room for <paramref name="bytes"/>, where
    /// the user's limits allow it (pipe(7), /proc/sys/fs/pipe-user-pages-soft). 0, or -errno.
    /// </summary>
    public static int Create(int bytes, out Pipe pipe)
    {
        int* ends = stackalloc int[2];
        int result = Errno.Result(LibC.pipe2(ends, LibC.O_NONBLOCK | LibC.O_CLOEXEC));
        pipe = result < 0 ? default : new() { ReadFd = ends[0], WriteFd = ends[1] };
        // Where that is refused, it has 64 KB, or 8 KB.
        if (result >= 0) _ = LibC.fcntl(ends[1], LibC.F_SETPIPE_SZ, bytes);
        return result;
    }

    public static void Close(Pipe pipe)
    {
        Files.Close(pipe.ReadFd);
        Files.Close(pipe.WriteFd);
    }

    /// <summary>Moves up to <paramref name="count"/> bytes between a pipe's end and another
    /// descriptor. The bytes moved, 0 at the end of input, or -errno: EAGAIN where it would wait
    /// on either side, EINVAL where the descriptor cannot be spliced. Unlike send, it raises
    /// SIGPIPE when the peer is gone, which the runtime ignores.</summary>
    public static nint Splice(int fromFd, int toFd, nint count)
    {
        nint result;
        do
        {
            result = Errno.DirectResult(splice(
                fromFd, null, toFd, null, (nuint)count,
                LibC.SPLICE_F_MOVE | LibC.SPLICE_F_NONBLOCK));
        }
        while (result == -LibC.EINTR);
        return result;
    }

    // Tmds.LibC's has SetLastError, 60 instructions a call: see Errno.DirectResult.
    [LibraryImport("libc")]
    private static partial nint splice(
        int fromFd, long* fromOffset, int toFd, long* toOffset, nuint count, int flags);
}
