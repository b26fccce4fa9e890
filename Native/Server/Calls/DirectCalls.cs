// The calls as they are.
using System;
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Net;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Session;

namespace Epollecho.Native.Server.Calls;

internal unsafe readonly struct DirectCalls : ICalls
{
    public static bool Observes => false;

    public int Accept(int listenerFd, Endpoint* peer)
    {
        if (peer == null) return Socket.Accept(listenerFd, null);
        SocketAddress address;
        int result = Socket.Accept(listenerFd, &address);
        if (result >= 0) *peer = Endpoint.From(address);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Receive(Connection* connection, byte* into, nint capacity) =>
        Socket.Receive(connection->Fd, into, capacity);

    public nint Peek(Connection* connection, byte* into, nint capacity) =>
        Socket.Peek(connection->Fd, into, capacity);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Send(Connection* connection, byte* from, nint length) =>
        Socket.Send(connection->Fd, from, length);

    public nint SpliceIn(Connection* connection, Pipe pipe, nint capacity) =>
        Pipes.Splice(connection->Fd, pipe.WriteFd, capacity);

    public nint SpliceOut(Connection* connection, Pipe pipe, nint length) =>
        Pipes.Splice(pipe.ReadFd, connection->Fd, length);

    public nint ReadPipe(Connection* connection, Pipe pipe, byte* into, int length) =>
        Files.Read(pipe.ReadFd, new(into, length));

    public int Watch<TPoller>(
        ref TPoller poller, Connection* connection, Token token, int events)
        where TPoller : unmanaged, IPoller<TPoller> =>
        poller.Add(connection->Fd, token, events);

    public int ChangeWatch<TPoller>(
        ref TPoller poller, Connection* connection, Token token, int events)
        where TPoller : unmanaged, IPoller<TPoller> =>
        poller.Modify(connection->Fd, token, events);

    public void Close(Connection* connection) => Files.Close(connection->Fd);

    public void Refuse(int fd) => Files.Close(fd);

    public void OnAccepted(Connection* connection, Endpoint* peer)
    {
    }

    public void OnWaited(
        ReadOnlySpan<byte> waitCall, ReadOnlySpan<TracedEvent> events, int count,
        Instant start, Instant end)
    {
    }
}
