// The same calls, each told to a trace with the time it took. The trace is borrowed.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Net;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Session;

namespace Epollecho.Native.Server.Calls;

internal unsafe readonly struct TracedCalls(Trace* trace) : ICalls
{
    private const int LoopTrack = 0; // of a trace; connections have their serial numbers

    private static DirectCalls Direct => default;

    public static bool Observes => true;

    public int Accept(int listenerFd, Endpoint* peer)
    {
        Instant start = Instant.Now;
        int result = Direct.Accept(listenerFd, peer);
        TracedCall call = new()
        {
            Name = "accept4"u8, Fd = listenerFd, Track = LoopTrack, Result = result,
            Start = start, Peer = result >= 0 ? peer : null,
        };
        trace->Call(call);
        return result;
    }

    public nint Receive(Connection* connection, byte* into, nint capacity)
    {
        Instant start = Instant.Now;
        nint result = Direct.Receive(connection, into, capacity);
        return Note("recv"u8, connection, result, start, into);
    }

    public nint Peek(Connection* connection, byte* into, nint capacity)
    {
        Instant start = Instant.Now;
        nint result = Direct.Peek(connection, into, capacity);
        return Note("recv MSG_PEEK"u8, connection, result, start, into);
    }

    public nint Send(Connection* connection, byte* from, nint length)
    {
        Instant start = Instant.Now;
        return Note("send"u8, connection, Direct.Send(connection, from, length), start);
    }

    public nint SpliceIn(Connection* connection, Pipe pipe, nint capacity)
    {
        Instant start = Instant.Now;
        nint result = Direct.SpliceIn(connection, pipe, capacity);
        return Note("splice in"u8, connection, result, start);
    }

    public nint SpliceOut(Connection* connection, Pipe pipe, nint length)
    {
        Instant start = Instant.Now;
        nint result = Direct.SpliceOut(connection, pipe, length);
        return Note("splice out"u8, connection, result, start);
    }

    public nint ReadPipe(Connection* connection, Pipe pipe, byte* into, int length)
    {
        Instant start = Instant.Now;
        nint result = Direct.ReadPipe(connection, pipe, into, length);
        return Note("read pipe"u8, connection, result, start);
    }

    public int Watch<TPoller>(
        ref TPoller poller, Connection* connection, Token token, int events)
        where TPoller : unmanaged, IPoller<TPoller>
    {
        Instant start = Instant.Now;
        int result = Direct.Watch(ref poller, connection, token, events);
        NoteWatch(poller.WatchCall, " ADD"u8, connection, events, result, start);
        return result;
    }

    public int ChangeWatch<TPoller>(
        ref TPoller poller, Connection* connection, Token token, int events)
        where TPoller : unmanaged, IPoller<TPoller>
    {
        Instant start = Instant.Now;
        int result = Direct.ChangeWatch(ref poller, connection, token, events);
        NoteWatch(poller.WatchCall, " MOD"u8, connection, events, result, start);
        return result;
    }

    public void Close(Connection* connection)
    {
        Instant start = Instant.Now;
        Direct.Close(connection);
        _ = Note("close"u8, connection, 0, start);
        trace->Ended(connection->Serial);
    }

    public void Refuse(int fd) => Direct.Refuse(fd);

    public void OnAccepted(Connection* connection, Endpoint* peer) =>
        trace->Began(connection->Serial, connection->Fd, peer);

    public void OnWaited(
        ReadOnlySpan<byte> waitCall, ReadOnlySpan<TracedEvent> events, int count,
        Instant start, Instant end) => trace->Wait(waitCall, events, count, start, end);

    private nint Note(
        ReadOnlySpan<byte> name, Connection* connection, nint result, Instant start,
        byte* received = null)
    {
        TracedCall call = new()
        {
            Name = name, Fd = connection->Fd, Track = connection->Serial, Result = result,
            Start = start,
            Data = received != null && result > 0 ? new(received, (int)result) : default,
        };
        trace->Call(call);
        return result;
    }

    /// <summary>Where the poller makes no call to watch, there is nothing to tell.</summary>
    private void NoteWatch(
        ReadOnlySpan<byte> watchCall, ReadOnlySpan<byte> operation, Connection* connection,
        int events, int result, Instant start)
    {
        if (watchCall.IsEmpty) return;
        Span<byte> buffer = stackalloc byte[32];
        TextBuilder name = new(buffer);
        name.Append(watchCall);
        name.Append(operation);
        TracedCall call = new()
        {
            Name = name.Written, Fd = connection->Fd, Track = connection->Serial,
            Result = result, Start = start, Events = events,
        };
        trace->Call(call);
    }
}
