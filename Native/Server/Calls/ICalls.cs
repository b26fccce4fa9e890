// The system calls that serve connections, as the engine and the listeners make them. A type
// argument: the direct ones cost nothing, others observe them, fail on purpose, or stand in for the
// kernel in a test.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Net;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Session;

namespace Epollecho.Native.Server.Calls;

internal unsafe interface ICalls
{
    /// <summary>Is it told of waits and of connections that come? A constant.</summary>
    static abstract bool Observes { get; }

    /// <summary>accept4(2): a descriptor, or -errno. The peer may be null.</summary>
    int Accept(int listenerFd, Endpoint* peer);

    /// <summary>recv(2): the bytes received, 0 at the end, or -errno.</summary>
    nint Receive(Connection* connection, byte* into, nint capacity);

    /// <summary>The same with MSG_PEEK: the bytes stay in the socket.</summary>
    nint Peek(Connection* connection, byte* into, nint capacity);

    /// <summary>send(2): the bytes taken, or -errno.</summary>
    nint Send(Connection* connection, byte* from, nint length);

    /// <summary>splice(2) from the socket into a pipe: the bytes moved, 0 at the end, or -errno.
    /// </summary>
    nint SpliceIn(Connection* connection, Pipe pipe, nint capacity);

    /// <summary>splice(2) from a pipe to the socket: the bytes moved, or -errno.</summary>
    nint SpliceOut(Connection* connection, Pipe pipe, nint length);

    /// <summary>read(2) from a pipe that holds a connection's bytes: their number, or -errno.
    /// </summary>
    nint ReadPipe(Connection* connection, Pipe pipe, byte* into, int length);

    /// <summary>Starts to watch a connection: 0, or -errno.</summary>
    int Watch<TPoller>(ref TPoller poller, Connection* connection, Token token, int events)
        where TPoller : unmanaged, IPoller<TPoller>;

    /// <summary>Changes what a connection is watched for: 0, or -errno.</summary>
    int ChangeWatch<TPoller>(
        ref TPoller poller, Connection* connection, Token token, int events)
        where TPoller : unmanaged, IPoller<TPoller>;

    /// <summary>close(2).</summary>
    void Close(Connection* connection);

    /// <summary>close(2) of a descriptor that has just been accepted and is not served.</summary>
    void Refuse(int fd);

    /// <summary>A connection has been taken in; the peer is null if it is not known.</summary>
    void OnAccepted(Connection* connection, Endpoint* peer);

    /// <summary>A wait of the loop is over, with so many events, of which the first are told.
    /// </summary>
    void OnWaited(
        ReadOnlySpan<byte> waitCall, ReadOnlySpan<TracedEvent> events, int count,
        Instant start, Instant end);
}
