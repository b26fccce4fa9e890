// A TCP socket: one function a system call (tcp(7), socket(7)). Non-blocking and close-on-exec
// throughout; a closed peer never raises SIGPIPE (MSG_NOSIGNAL).
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

    /// <summary>The bytes received (0: the peer ended its sending side), or -errno.</summary>
    public static nint Receive(int fd, byte* into, nint capacity) => Receive(fd, into, capacity, 0);

    /// <summary>As <see cref="Receive(int, byte*, nint)"/>, but the bytes stay in the socket.
    /// </summary>
    public static nint Peek(int fd, byte* into, nint capacity) =>
        Receive(fd, into, capacity, LibC.MSG_PEEK);

    /// <summary>The bytes taken into the send buffer, 1 to <paramref name="length"/>, or -errno.
    /// Fewer than asked means that the buffer is full and EPOLLOUT will follow.</summary>
    public static nint Send(int fd, byte* from, nint length)
    {
        nint result;
        do
        {
            result = Errno.HotResult(
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

    public static int GetLocalAddress(int fd, out SocketAddress address)
    {
        address = default;
        socklen_t length = sizeof(SocketAddress);
        fixed (SocketAddress* into = &address)
            return Errno.Result(LibC.getsockname(fd, (sockaddr*)into, &length));
    }

    public static int SetReuseAddress(int fd) => Set(fd, LibC.SOL_SOCKET, LibC.SO_REUSEADDR, 1);

    /// <summary>Leaves urgent data in its place among the rest (SO_OOBINLINE).</summary>
    public static int SetUrgentInline(int fd) => Set(fd, LibC.SOL_SOCKET, LibC.SO_OOBINLINE, 1);

    public static int SetKeepAlive(int fd) => Set(fd, LibC.SOL_SOCKET, LibC.SO_KEEPALIVE, 1);

    /// <summary>Seconds of silence before the first keepalive probe (TCP_KEEPIDLE).</summary>
    public static int SetKeepAliveIdle(int fd, int seconds) =>
        Set(fd, LibC.IPPROTO_TCP, LibC.TCP_KEEPIDLE, seconds);

    /// <summary>Seconds between two keepalive probes (TCP_KEEPINTVL).</summary>
    public static int SetKeepAliveInterval(int fd, int seconds) =>
        Set(fd, LibC.IPPROTO_TCP, LibC.TCP_KEEPINTVL, seconds);

    /// <summary>Unanswered probes after which the peer is taken for dead (TCP_KEEPCNT).</summary>
    public static int SetKeepAliveCount(int fd, int probes) =>
        Set(fd, LibC.IPPROTO_TCP, LibC.TCP_KEEPCNT, probes);

    public static int SetNoDelay(int fd) => Set(fd, LibC.IPPROTO_TCP, LibC.TCP_NODELAY, 1);

    /// <summary>Does an IPv6 socket leave IPv4 alone (IPV6_V6ONLY)?</summary>
    public static int SetIpv6Only(int fd, bool only) =>
        Set(fd, LibC.IPPROTO_IPV6, LibC.IPV6_V6ONLY, only ? 1 : 0);

    private static nint Receive(int fd, byte* into, nint capacity, int flags)
    {
        nint result;
        do
        {
            result = Errno.HotResult(SystemCall.ReceiveFrom(fd, into, capacity, flags));
        }
        while (result == -LibC.EINTR);
        return result;
    }

    private static int Set(int fd, int level, int option, int value) =>
        Errno.Result(LibC.setsockopt(fd, level, option, &value, sizeof(int)));
}
