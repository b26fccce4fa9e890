// Connecting step by step, as an event loop drives it, and waited for.
using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Tmds.Linux;
using Xunit;
using ClrSocket = System.Net.Sockets.Socket;

namespace Epollecho.Tests.Unit;

public sealed unsafe class ConnectorTests
{
    private static readonly Duration Limit = Duration.FromSeconds(10);

    [Fact]
    public void An_attempt_is_under_way_until_its_socket_is_ready()
    {
        using ClrSocket listener = Listen();
        Connector connector = Resolved("127.0.0.1"u8, PortOf(listener), Limit);
        Instant now = Instant.Now;
        Assert.Equal(ConnectState.Connecting, connector.Start(now));
        Assert.True(connector.Fd >= 0);
        Assert.Equal(now + Limit, connector.AttemptDeadline.At); // one address: all of the time
        Assert.Equal(1, Poll.AwaitOne(connector.Fd, LibC.POLLOUT, 10_000, -1));
        Assert.Equal(ConnectState.Connected, connector.OnEvent(now));
        int socket = connector.TakeSocket();
        Assert.True(socket >= 0);
        Assert.Equal(-1, connector.Fd);
        Assert.Equal($"127.0.0.1:{PortOf(listener)}", Text(connector.Address));
        Files.Close(socket);
    }

    [Fact]
    public void Without_a_limit_an_attempt_has_no_deadline()
    {
        using ClrSocket listener = Listen();
        Connector connector = Resolved("127.0.0.1"u8, PortOf(listener), Duration.Zero);
        Assert.Equal(ConnectState.Connecting, connector.Start(Instant.Now));
        Assert.True(connector.AttemptDeadline.IsNever);
        connector.Abandon();
        Assert.Equal(-1, connector.Fd);
    }

    [Fact]
    public void It_waits_for_the_connection_if_asked_to()
    {
        using ClrSocket listener = Listen();
        Connector connector = Resolved("127.0.0.1"u8, PortOf(listener), Limit);
        int socket = connector.Connect();
        Assert.True(socket >= 0);
        Files.Close(socket);
    }

    [Fact]
    public void A_port_where_nothing_listens_is_refused()
    {
        using ClrSocket taken = new(SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // and never listens
        Connector connector = Resolved("127.0.0.1"u8, PortOf(taken), Limit);
        Assert.Equal(-1, connector.Connect());
        Assert.Equal(Failure.Refused, connector.Failure);
        Assert.Equal(LibC.ECONNREFUSED, connector.ConnectErrno);
        Assert.Equal(
            $"cannot connect to 127.0.0.1:{PortOf(taken)}: Connection refused (ECONNREFUSED)",
            FailureOf(connector));
    }

    [Fact]
    public void An_attempt_is_given_up_at_its_deadline()
    {
        using ClrSocket listener = Listen();
        Connector connector = Resolved("127.0.0.1"u8, PortOf(listener), Limit);
        Assert.Equal(ConnectState.Connecting, connector.Start(Instant.Now));
        Assert.Equal(ConnectState.Failed, connector.OnDeadline(Instant.Now));
        Assert.Equal(-1, connector.Fd);
        Assert.Equal(Failure.Timeout, connector.Failure);
        Assert.EndsWith(": Connection timed out (ETIMEDOUT)", FailureOf(connector));
    }

    [Fact]
    public void What_cannot_even_be_begun_fails_at_once()
    {
        Connector connector = Resolved("255.255.255.255"u8, 7080, Limit);
        Assert.Equal(ConnectState.Failed, connector.Start(Instant.Now));
        Assert.Equal(-1, connector.Fd);
        Assert.Equal(Failure.Other, connector.Failure);
        Assert.Equal(LibC.ENETUNREACH, connector.ConnectErrno);
    }

    [Fact]
    public void It_begins_anew_after_a_failure_and_after_a_connection()
    {
        using ClrSocket listener = Listen();
        Connector connector = Resolved("127.0.0.1"u8, PortOf(listener), Limit);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(ConnectState.Connecting, connector.Start(Instant.Now));
            Assert.Equal(ConnectState.Failed, connector.Fail(LibC.ENOSPC, Instant.Now));
            Assert.Equal(Failure.Limit, connector.Failure);
            int socket = connector.Connect();
            Assert.True(socket >= 0);
            Files.Close(socket);
        }
    }

    [Fact]
    public void A_name_that_does_not_resolve_is_DNS_and_has_no_address()
    {
        // Longer than a label may be, so that no name server is asked.
        byte[] name = [.. new string('a', 64).Select(letter => (byte)letter), 0];
        fixed (byte* host = name)
        {
            Connector connector = Connector.For(host, 7080, LibC.AF_UNSPEC, Limit);
            Assert.False(connector.TryResolve());
            Assert.Equal(Failure.Dns, connector.Failure);
            Assert.True(connector.Address.IsNone);
            Assert.StartsWith("cannot resolve 'aaa", FailureOf(connector));
        }
    }

    private static Connector Resolved(ReadOnlySpan<byte> literal, int port, Duration timeout)
    {
        Connector connector = Connector.For(
            (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(literal)), // it never moves
            (ushort)port, LibC.AF_UNSPEC, timeout);
        Assert.True(connector.TryResolve());
        return connector;
    }

    private static ClrSocket Listen()
    {
        ClrSocket listener = new(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    private static int PortOf(ClrSocket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private static string FailureOf(in Connector connector)
    {
        Span<byte> buffer = stackalloc byte[512];
        TextBuilder text = new(buffer);
        connector.AppendFailure(ref text);
        return Encoding.UTF8.GetString(text.Written);
    }

    private static string Text(Endpoint endpoint)
    {
        Span<byte> buffer = stackalloc byte[128];
        TextBuilder text = new(buffer);
        text.Append(endpoint);
        return Encoding.UTF8.GetString(text.Written);
    }
}
