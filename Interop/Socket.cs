// A TCP socket: created, bound, connected, its bytes received and sent, ended (tcp(7), socket(7)).
// Non-blocking and close-on-exec throughout; a closed peer never raises SIGPIPE (MSG_NOSIGNAL).
using System;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Socket
{
    /// <summary>A non-blocking TCP socket, or -errno (EAFNOSUPPORT where the family is off).
    /// </summary>
    public static int CreateStream(int family) => Errno.Result(LibC.socket(
        family, LibC.SOCK_STREAM | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, 0));

    public static int Bind(int fd, in SocketAddress address)
    {
        fixed (SocketAddress* at = &address)
            return Errno.Result(LibC.bind(fd, (sockaddr*)at, address.Length));
    }

    public static int Listen(int fd, int backlog) => Errno.Result(LibC.listen(fd, backlog));

    /// <summary>The next connection of a listener's queue, already non-blocking and
    /// close-on-exec, or -errno. <paramref name="peer"/> may be null. accept(2) lists errors of
    /// the new connection itself that are to be retried like EAGAIN.</summary>
    public static int Accept(int fd, SocketAddress* peer)
    {
        socklen_t length = sizeof(SocketAddress);
        int result;
        do
        {
            result = Errno.Result(LibC.accept4(
                fd, (sockaddr*)peer, peer == null ? null : &length,
                LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC));
        }
        while (result == -LibC.EINTR);
        return result;
    }

    /// <summary>Starts to connect a non-blocking socket. 0 when it is connected, or -errno:
    /// EINPROGRESS until it is writable, and <see cref="PendingError"/> then says how it went.
    /// </summary>
    public static int Connect(int fd, in SocketAddress address)
    {
        fixed (SocketAddress* to = &address)
            return Errno.Result(LibC.connect(fd, (sockaddr*)to, address.Length));
    }

    /// <summary>Connects a non-blocking socket, waiting up to <paramref name="timeoutMs"/> (-1:
    /// as long as the kernel tries). 0, or -errno (ETIMEDOUT: not in that time).</summary>
    public static int ConnectWithin(int fd, in SocketAddress address, int timeoutMs)
    {
        int result = Connect(fd, address);
        if (result != -LibC.EINPROGRESS) return result;
        result = Poll.AwaitOne(fd, LibC.POLLOUT, timeoutMs);
        return result == 0 ? -LibC.ETIMEDOUT : result < 0 ? result : PendingError(fd);
    }

    public static int GetLocalAddress(int fd, out SocketAddress address)
    {
        address = default;
        socklen_t length = sizeof(SocketAddress);
        fixed (SocketAddress* into = &address)
            return Errno.Result(LibC.getsockname(fd, (sockaddr*)into, &length));
    }

    /// <summary>The bytes received (0: the peer ended its sending side), or -errno.</summary>
    public static nint Receive(int fd, byte* into, nint capacity) => Receive(fd, into, capacity, 0);

    /// <summary>As <see cref="Receive(int, byte*, nint)"/>, but the bytes stay in the socket.
    /// </summary>
    public static nint Peek(int fd, byte* into, nint capacity) =>
        Receive(fd, into, capacity, LibC.MSG_PEEK);

    /// <summary>The bytes that have arrived and wait to be read (FIONREAD, tcp(7)), or -errno.
    /// </summary>
    public static int BytesWaiting(int fd)
    {
        int count = 0;
        int result = Errno.Result(LibC.ioctl(fd, LibC.FIONREAD, &count));
        return result < 0 ? result : count;
    }

    /// <summary>The bytes taken into the send buffer, 1 to <paramref name="length"/>, or -errno.
    /// Fewer than asked means that the buffer is full and EPOLLOUT will follow.</summary>
    public static nint Send(int fd, byte* from, nint length)
    {
        nint result;
        do
        {
            result = Errno.DirectResult(
                SystemCall.SendTo(fd, from, length, LibC.MSG_NOSIGNAL));
        }
        while (result == -LibC.EINTR);
        return result;
    }

    /// <summary>As <see cref="Send"/>, but -EAGAIN instead of waiting on a blocking socket.
    /// </summary>
    public static nint SendNoWait(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* from = bytes)
        {
            return Errno.Result(LibC.send(
                fd, from, bytes.Length, LibC.MSG_NOSIGNAL | LibC.MSG_DONTWAIT));
        }
    }

    /// <summary>Waits until the socket takes bytes or has failed; false after
    /// <paramref name="timeoutMs"/> (-1: never).</summary>
    public static bool AwaitWritable(int fd, int timeoutMs) =>
        Poll.AwaitOne(fd, LibC.POLLOUT, timeoutMs) > 0;

    /// <summary>Ends the sending side: the peer reads the end after the bytes under way. 0, or
    /// -errno (ENOTCONN after a reset).</summary>
    public static int EndSending(int fd) => Errno.Result(LibC.shutdown(fd, LibC.SHUT_WR));

    /// <summary>Closes with a reset, so that no connection stays in TIME_WAIT at either end
    /// (SO_LINGER with no time, socket(7)).</summary>
    public static void CloseWithReset(int fd)
    {
        linger atOnce = default;
        atOnce.l_onoff = 1;
        _ = LibC.setsockopt( // without it, it is a usual close
            fd, LibC.SOL_SOCKET, LibC.SO_LINGER, &atOnce, sizeof(linger));
        Files.Close(fd);
    }

    private static nint Receive(int fd, byte* into, nint capacity, int flags)
    {
        nint result;
        do
        {
            result = Errno.DirectResult(SystemCall.ReceiveFrom(fd, into, capacity, flags));
        }
        while (result == -LibC.EINTR);
        return result;
    }
}
