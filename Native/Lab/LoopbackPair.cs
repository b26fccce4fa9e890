// Two ends of a TCP connection within this process, by way of the loopback interface. Owns both.
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Tmds.Linux;

namespace Epollecho.Native.Lab;

internal struct LoopbackPair
{
    private static Duration ConnectLimit => Duration.FromSeconds(5L);

    /// <summary>127.0.0.1 and any port.</summary>
    private static SocketAddress Loopback =>
        Endpoint.Loopback(EndpointKind.Ipv4).ToSocketAddress();

    public int WriterFd { get; private set; }

    public int ReaderFd { get; private set; }

    /// <summary>Opens a connection whose reader asks for a receive buffer of
    /// <paramref name="receiveBufferBytes"/>; false, with a message, if it cannot.</summary>
    public static unsafe bool TryOpen(int receiveBufferBytes, out LoopbackPair pair)
    {
        pair = new() { WriterFd = -1, ReaderFd = -1 };
        int listenerFd = Socket.CreateStream(LibC.AF_INET);
        if (listenerFd < 0) return LabError.Fail("socket"u8, -listenerFd);
        // What is accepted inherits the buffer; it must be set before the window is agreed on.
        int result = Socket.SetReceiveBuffer(listenerFd, receiveBufferBytes);
        if (result >= 0) result = Socket.Bind(listenerFd, Loopback);
        if (result >= 0) result = Socket.Listen(listenerFd, 1);
        if (result >= 0) result = pair.Connect(listenerFd);
        Files.Close(listenerFd);
        if (result >= 0) return true;
        pair.Close();
        return LabError.Fail("cannot open a connection on 127.0.0.1"u8, -result);
    }

    public readonly void Close()
    {
        if (WriterFd >= 0) Files.Close(WriterFd);
        if (ReaderFd >= 0) Files.Close(ReaderFd);
    }

    private unsafe int Connect(int listenerFd)
    {
        int result = Socket.GetLocalAddress(listenerFd, out SocketAddress address);
        if (result < 0) return result;
        WriterFd = Socket.CreateStream(LibC.AF_INET);
        if (WriterFd < 0) return WriterFd;
        result = Socket.ConnectWithin(WriterFd, address, (int)ConnectLimit.Milliseconds);
        if (result < 0) return result;
        _ = Socket.SetNoDelay(WriterFd); // helps the one byte on its way, no more
        ReaderFd = Socket.Accept(listenerFd, null);
        return int.Min(ReaderFd, 0);
    }
}
