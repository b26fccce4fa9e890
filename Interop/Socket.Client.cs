// What the end that connects asks of a socket.
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Socket
{
    /// <summary>Starts to connect a non-blocking socket. 0 when it is connected, or -errno:
    /// EINPROGRESS until it is writable, and <see cref="PendingError"/> then says how it went.
    /// </summary>
    public static int Connect(int fd, in SocketAddress address)
    {
        fixed (SocketAddress* to = &address)
            return Errno.Result(LibC.connect(fd, (sockaddr*)to, address.Length));
    }

    /// <summary>Connects a non-blocking socket, waiting up to <paramref name="timeoutMs"/> (-1:
    /// as long as the kernel tries). 0, or -errno (ETIMEDOUT: not in that time; EINTR: something
    /// came to read at <paramref name="interruptFd"/>, unless that is -1).</summary>
    public static int ConnectWithin(
        int fd, in SocketAddress address, int timeoutMs, int interruptFd = -1)
    {
        int result = Connect(fd, address);
        if (result != -LibC.EINPROGRESS) return result;
        result = Poll.AwaitOne(fd, LibC.POLLOUT, timeoutMs, interruptFd);
        return result == 0 ? -LibC.ETIMEDOUT : result < 0 ? result : PendingError(fd);
    }

    /// <summary>Waits until the socket takes bytes or has failed; false after
    /// <paramref name="timeoutMs"/> (-1: never).</summary>
    public static bool AwaitWritable(int fd, int timeoutMs) =>
        Poll.AwaitOne(fd, LibC.POLLOUT, timeoutMs, -1) > 0;

    /// <summary>The error that waits to be told (SO_ERROR, socket(7)), which is thereby cleared:
    /// 0 or -errno.</summary>
    public static int PendingError(int fd)
    {
        int error = 0;
        socklen_t length = sizeof(int);
        int result = Errno.Result(
            LibC.getsockopt(fd, LibC.SOL_SOCKET, LibC.SO_ERROR, &error, &length));
        return result < 0 ? result : -error;
    }

    /// <summary>Ends the sending side: the peer reads the end after the bytes under way. 0, or
    /// -errno (ENOTCONN after a reset).</summary>
    public static int EndSending(int fd) => Errno.Result(LibC.shutdown(fd, LibC.SHUT_WR));
}
