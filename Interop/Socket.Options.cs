// The options of a TCP socket (setsockopt(2), getsockopt(2)): each function sets one and answers
// 0 or -errno.
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Socket
{
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

    /// <summary>Asks for a receive buffer; the kernel doubles the number for its own needs and
    /// clamps it to net.core.rmem_max (socket(7)). Before listen or connect.</summary>
    public static int SetReceiveBuffer(int fd, int bytes) =>
        Set(fd, LibC.SOL_SOCKET, LibC.SO_RCVBUF, bytes);

    /// <summary>The socket's pending error (SO_ERROR), which is thereby cleared: 0 or -errno.
    /// </summary>
    public static int PendingError(int fd)
    {
        int error = 0;
        socklen_t length = sizeof(int);
        int result = Errno.Result(
            LibC.getsockopt(fd, LibC.SOL_SOCKET, LibC.SO_ERROR, &error, &length));
        return result < 0 ? result : -error;
    }

    private static int Set(int fd, int level, int option, int value) =>
        Errno.Result(LibC.setsockopt(fd, level, option, &value, sizeof(int)));
}
