// A listening socket: opened, bound and told what its connections inherit.
using Epollecho.Interop;
using Epollecho.Native.Net;
using Tmds.Linux;

namespace Epollecho.Native.Server;

internal struct Listener
{
    // A peer that has vanished is noticed after about two minutes of silence.
    private const int KeepAliveIdleSeconds = 60;
    private const int KeepAliveIntervalSeconds = 15;
    private const int KeepAliveProbes = 4;

    public int Fd;

    /// <summary>Where it really listens: the kernel's port, if any port was asked for.</summary>
    public Endpoint Endpoint;

    /// <summary>Listens on <paramref name="address"/>; none means every address of the machine,
    /// IPv6 and IPv4, or IPv4 alone where IPv6 is off. 0, or -errno, and then
    /// <see cref="Endpoint"/> is the one that failed.</summary>
    public static int TryOpen(
        in Endpoint address, int port, int backlog, out Listener listener)
    {
        bool isEverything = address.IsNone;
        Endpoint wanted = isEverything ? Endpoint.Any(EndpointKind.Ipv6) : address;
        int result = TryOpen(wanted.WithPort(port), isEverything, backlog, out listener);
        if (!isEverything || (result != -LibC.EAFNOSUPPORT && result != -LibC.EADDRNOTAVAIL))
            return result;
        wanted = Endpoint.Any(EndpointKind.Ipv4).WithPort(port);
        return TryOpen(wanted, false, backlog, out listener);
    }

    private static int TryOpen(
        in Endpoint address, bool isDualStack, int backlog, out Listener listener)
    {
        listener = new() { Endpoint = address, Fd = Socket.CreateStream(address.Family) };
        if (listener.Fd < 0) return listener.Fd;
        int result = Configure(listener.Fd, address, isDualStack);
        if (result >= 0) result = Socket.Bind(listener.Fd, address.ToSocketAddress());
        if (result >= 0) result = Socket.Listen(listener.Fd, backlog);
        if (result >= 0) result = Endpoint.OfSocket(listener.Fd, out listener.Endpoint);
        if (result < 0) Files.Close(listener.Fd);
        return result;
    }

    // On Linux accepted sockets inherit these from the listening one, which saves six calls a
    // connection.
    private static int Configure(int fd, in Endpoint address, bool isDualStack)
    {
        int result = Socket.SetReuseAddress(fd);
        if (result >= 0 && address.IsIpv6) result = Socket.SetIpv6Only(fd, !isDualStack);
        if (result >= 0) result = Socket.SetNoDelay(fd);
        if (result >= 0) result = Socket.SetUrgentInline(fd);
        if (result >= 0) result = Socket.SetKeepAlive(fd);
        if (result >= 0) result = Socket.SetKeepAliveIdle(fd, KeepAliveIdleSeconds);
        if (result >= 0) result = Socket.SetKeepAliveInterval(fd, KeepAliveIntervalSeconds);
        if (result >= 0) result = Socket.SetKeepAliveCount(fd, KeepAliveProbes);
        return result;
    }
}
