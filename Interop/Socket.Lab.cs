// What the experiments ask of a socket beyond what the server does.
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Socket
{
    private const ulong FIONREAD = 0x541B; // asm-generic/ioctls.h: x86-64 and arm64

    /// <summary>Asks for a receive buffer; the kernel doubles the number for its own needs and
    /// clamps it to net.core.rmem_max (socket(7)). Before listen or connect.</summary>
    public static int SetReceiveBuffer(int fd, int bytes) =>
        Set(fd, LibC.SOL_SOCKET, LibC.SO_RCVBUF, bytes);

    /// <summary>The bytes that have arrived and wait to be read (FIONREAD, tcp(7)), or -errno.
    /// </summary>
    public static int BytesWaiting(int fd)
    {
        int count = 0;
        int result = Errno.Result(ioctl(fd, (nuint)FIONREAD, &count));
        return result < 0 ? result : count;
    }

    /// <summary>Closes with a reset, so that nothing lingers (TIME_WAIT) at either end.</summary>
    public static void CloseWithReset(int fd)
    {
        long onAtOnce = 1; // struct linger: on, 0 seconds
        _ = LibC.setsockopt( // without it, it is a usual close
            fd, LibC.SOL_SOCKET, LibC.SO_LINGER, &onAtOnce, sizeof(long));
        Files.Close(fd);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, nuint request, void* argument);
}
