// A listening socket: opened, bound and told what its connections inherit.
using Epollecho.Interop;
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
    public SocketAddress Address;

    /// <summary>Listens on <paramref name="address"/>; one of family 0 means every address of
    /// the machine, IPv6 and IPv4, or IPv4 alone where IPv6 is off. 0, or -errno, and then
    /// <see cref="Address"/> is the one that failed.</summary>
    public static int TryOpen(
        in SocketAddress address, int port, int backlog, out Listener listener)
    {
        bool everything = address.Family == 0;
        listener.Address = everything ? SocketAddress.AnyIpv6 : address;
        listener.Address.Port = (ushort)port;
        int result = TryOpen(ref listener.Address, everything, backlog, out listener.Fd);
        if (!everything || (result != -LibC.EAFNOSUPPORT && result != -LibC.EADDRNOTAVAIL))
            return result;
        listener.Address = SocketAddress.AnyIpv4;
        listener.Address.Port = (ushort)port;
        return TryOpen(ref listener.Address, false, backlog, out listener.Fd);
    }

    private static int TryOpen(
        ref SocketAddress address, bool dualStack, int backlog, out int fd)
    {
        fd = Socket.CreateStream(address.Family);
        if (fd < 0) return fd;
        int result = Configure(fd, address, dualStack);
        if (result >= 0) result = Socket.Bind(fd, address);
        if (result >= 0) result = Socket.Listen(fd, backlog);
        if (result >= 0) result = Socket.GetLocalAddress(fd, out address);
        if (result < 0) Files.Close(fd);
        return result;
    }

    // On Linux accepted sockets inherit these from the listening one, which saves six calls a
    // connection.
    private static int Configure(int fd, in SocketAddress address, bool dualStack)
    {
        int result = Socket.SetReuseAddress(fd);
        if (result >= 0 && address.IsIpv6) result = Socket.SetIpv6Only(fd, !dualStack);
        if (result >= 0) result = Socket.SetNoDelay(fd);
        if (result >= 0) result = Socket.SetUrgentInline(fd);
        if (result >= 0) result = Socket.SetKeepAlive(fd);
        if (result >= 0) result = Socket.SetKeepAliveIdle(fd, KeepAliveIdleSeconds);
        if (result >= 0) result = Socket.SetKeepAliveInterval(fd, KeepAliveIntervalSeconds);
        if (result >= 0) result = Socket.SetKeepAliveCount(fd, KeepAliveProbes);
        return result;
    }
}
