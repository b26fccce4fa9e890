// A client that says exactly what it sends and when: a blocking TCP socket with a time limit.
using System;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Epollecho.Tests.Support;

internal sealed class EchoClient(Socket socket) : IDisposable
{
    public Socket Socket { get; } = socket;

    public static EchoClient Connect(int port, string host = "127.0.0.1", int receiveBuffer = 0)
    {
        IPAddress address = IPAddress.Parse(host);
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = (int)Tools.Patience.TotalMilliseconds,
            SendTimeout = (int)Tools.Patience.TotalMilliseconds,
        };
        if (receiveBuffer > 0) socket.ReceiveBufferSize = receiveBuffer;
        socket.Connect(address, port);
        return new EchoClient(socket);
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[Socket.Send(bytes)..];
    }

    public void EndSending() => Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Reads exactly so many bytes.</summary>
    public byte[] Receive(int count)
    {
        byte[] bytes = new byte[count];
        int received = 0;
        while (received < count)
        {
            int now = Socket.Receive(bytes.AsSpan(received));
            Assert.True(now > 0, $"the server closed after {received} of {count} bytes");
            received += now;
        }
        return bytes;
    }

    /// <summary>Checks that just these bytes come back, and then the end.</summary>
    public void AssertReceivesThenEnd(ReadOnlySpan<byte> expected)
    {
        byte[] block = new byte[256 * 1024];
        int received = 0;
        while (true)
        {
            int now = Socket.Receive(block);
            if (now == 0) break;
            Assert.True(received + now <= expected.Length, "more came back than was sent");
            Assert.True(
                block.AsSpan(0, now).SequenceEqual(expected.Slice(received, now)),
                $"other bytes came back, somewhere in {received} to {received + now}");
            received += now;
        }
        Assert.Equal(expected.Length, received);
    }

    /// <summary>Sends and reads back.</summary>
    public void AssertEchoes(byte[] bytes)
    {
        Send(bytes);
        Assert.True(Receive(bytes.Length).AsSpan().SequenceEqual(bytes), "other bytes came back");
    }

    /// <summary>Sends all from another thread while this one reads it back; then ends.</summary>
    public void AssertEchoesThroughout(byte[] bytes)
    {
        BackgroundWork sender = BackgroundWork.Start(() =>
        {
            Send(bytes);
            EndSending();
        });
        AssertReceivesThenEnd(bytes);
        sender.Join();
    }

    /// <summary>Sends until the kernel takes no more while the server waits for something to do,
    /// which then is this client's reading; the number of bytes taken.</summary>
    public int SendUntilBlocked(EchoServerProcess server, ReadOnlySpan<byte> bytes)
    {
        const int quietMs = 100; // longer than the kernel delays an acknowledgement
        long start = Environment.TickCount64;
        int sent = 0;
        Socket.Blocking = false;
        while (sent < bytes.Length)
        {
            Assert.True(
                Environment.TickCount64 - start < Tools.Patience.TotalMilliseconds,
                "the server neither blocks nor waits");
            if (!Socket.Poll(quietMs * 1000, SelectMode.SelectWrite))
            {
                if (server.IsWaiting() && !Socket.Poll(0, SelectMode.SelectWrite)) break;
                continue;
            }
            int now = Socket.Send(bytes[sent..], SocketFlags.None, out SocketError error);
            if (error is not SocketError.Success and not SocketError.WouldBlock)
                throw new SocketException((int)error);
            sent += now;
        }
        Socket.Blocking = true;
        return sent;
    }

    /// <summary>Closes with a reset (RST) instead of a FIN.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Close();
    }

    public void Dispose() => Socket.Dispose();
}
