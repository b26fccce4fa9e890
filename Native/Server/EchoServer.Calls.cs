// The system calls that serve a connection, each told to the trace where there is one. Without a
// trace they cost a test of a flag.
using System;
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Session;
using Tmds.Linux;

namespace Epollecho.Native.Server;

internal unsafe partial struct EchoServer<TPoller>
    where TPoller : unmanaged, IPoller<TPoller>
{
    private const long NsPerUs = 1000;
    private const int LoopTrack = 0; // of a trace; connections have their serial numbers

    /// <summary>Waits for events and reads the clock. The number of events, or -errno.</summary>
    private int Wait(epoll_event* events)
    {
        bool isObserved = options.MeasuresWait || trace.IsOn;
        long startNs = isObserved ? Clock.MonotonicNs() : 0;
        int timeoutMs = NextTimeoutMs();
        int count = options.BusyPollUs == 0 || timeoutMs == 0
            ? poller.Wait(events, EventsPerTurn, ToDuration(timeoutMs))
            : SpinThenWait(events, timeoutMs);
        nowNs = Clock.MonotonicNs();
        if (!isObserved) return count;
        statistics.Turns++;
        statistics.WaitNs += nowNs - startNs;
        if (trace.IsOn) TraceWait(events, count, startNs);
        return count;
    }

    /// <summary>Asks without waiting for as long as --busy-poll says, then waits: who is asked
    /// again within that time is spared being put to sleep and woken.</summary>
    private int SpinThenWait(epoll_event* events, int timeoutMs)
    {
        long untilNs = Clock.MonotonicNs() + (options.BusyPollUs * NsPerUs);
        int count;
        do
        {
            count = poller.Wait(events, EventsPerTurn, Duration.Zero);
        }
        while (count == 0 && Clock.MonotonicNs() < untilNs);
        // A deadline meanwhile is late by as much.
        return count != 0 ? count : poller.Wait(events, EventsPerTurn, ToDuration(timeoutMs));
    }

    private int AcceptNext(int listenerFd, SocketAddress* peer)
    {
        if (!trace.IsOn) return Socket.Accept(listenerFd, peer);
        long startNs = Clock.MonotonicNs();
        int result = Socket.Accept(listenerFd, peer);
        TracedCall call = new()
        {
            Name = "accept4"u8, Fd = listenerFd, Track = LoopTrack, Result = result,
            StartNs = startNs, Peer = result >= 0 ? peer : null,
        };
        trace.Call(call);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nint Receive(Connection* connection, byte* into, nint capacity)
    {
        if (!trace.IsOn) return Socket.Receive(connection->Fd, into, capacity);
        long startNs = Clock.MonotonicNs();
        nint result = Socket.Receive(connection->Fd, into, capacity);
        TraceTransfer("recv"u8, connection, into, result, startNs);
        return result;
    }

    private nint Peek(Connection* connection, byte* into, nint capacity)
    {
        if (!trace.IsOn) return Socket.Peek(connection->Fd, into, capacity);
        long startNs = Clock.MonotonicNs();
        nint result = Socket.Peek(connection->Fd, into, capacity);
        TraceTransfer("recv MSG_PEEK"u8, connection, into, result, startNs);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nint Send(Connection* connection, byte* from, nint length)
    {
        if (!trace.IsOn) return Socket.Send(connection->Fd, from, length);
        long startNs = Clock.MonotonicNs();
        nint result = Socket.Send(connection->Fd, from, length);
        TraceTransfer("send"u8, connection, null, result, startNs);
        return result;
    }

    private nint SpliceIn(Connection* connection, Pipe pipe, nint capacity)
    {
        long startNs = trace.IsOn ? Clock.MonotonicNs() : 0;
        nint result = Pipes.Splice(connection->Fd, pipe.WriteFd, capacity);
        if (trace.IsOn) TraceTransfer("splice in"u8, connection, null, result, startNs);
        return result;
    }

    private nint SpliceOut(Connection* connection, Pipe pipe, nint length)
    {
        long startNs = trace.IsOn ? Clock.MonotonicNs() : 0;
        nint result = Pipes.Splice(pipe.ReadFd, connection->Fd, length);
        if (trace.IsOn) TraceTransfer("splice out"u8, connection, null, result, startNs);
        return result;
    }

    private nint ReadPipe(Connection* connection, Pipe pipe, byte* into, int length)
    {
        long startNs = trace.IsOn ? Clock.MonotonicNs() : 0;
        nint result = Files.Read(pipe.ReadFd, new(into, length));
        if (trace.IsOn) TraceTransfer("read pipe"u8, connection, null, result, startNs);
        return result;
    }

    private int StartWatching(int slot)
    {
        Connection* connection = table[slot];
        long startNs = trace.IsOn ? Clock.MonotonicNs() : 0;
        int result = poller.Add(connection->Fd, table.TokenOf(slot), plan.ForInput);
        if (trace.IsOn) TraceWatch("epoll_ctl ADD"u8, connection, plan.ForInput, result, startNs);
        return result;
    }

    /// <summary>Watches for what the connection now waits for, if that has changed.</summary>
    private void UpdateWatch(int slot, Connection* connection)
    {
        bool wantsOutput = connection->Has(ConnectionFlags.WaitsForRoom);
        if (connection->Has(ConnectionFlags.Closing)
            || wantsOutput == connection->Has(ConnectionFlags.WatchesOutput)) return;
        connection->Flags ^= ConnectionFlags.WatchesOutput;
        int events = wantsOutput ? plan.ForOutput : plan.ForInput;
        long startNs = trace.IsOn ? Clock.MonotonicNs() : 0;
        int result = poller.Modify(connection->Fd, table.TokenOf(slot), events);
        if (trace.IsOn) TraceWatch("epoll_ctl MOD"u8, connection, events, result, startNs);
        if (result < 0) MarkFailed(slot, -result);
    }

    private void CloseDescriptor(Connection* connection)
    {
        long startNs = trace.IsOn ? Clock.MonotonicNs() : 0;
        Files.Close(connection->Fd);
        if (trace.IsOn) TraceTransfer("close"u8, connection, null, 0, startNs);
        if (trace.IsOn) trace.Ended(connection->Serial);
    }

    private void TraceAccepted(int slot) =>
        trace.Began(table[slot]->Serial, table[slot]->Fd, peers == null ? null : peers + slot);

    private void TraceTransfer(
        ReadOnlySpan<byte> name, Connection* connection, byte* bytes, nint result, long startNs)
    {
        TracedCall call = new()
        {
            Name = name, Fd = connection->Fd, Track = connection->Serial, Result = result,
            StartNs = startNs,
            Data = bytes != null && result > 0 ? new(bytes, (int)result) : default,
        };
        trace.Call(call);
    }

    // poll and select make no call to watch: there is nothing to tell.
    private void TraceWatch(
        ReadOnlySpan<byte> name, Connection* connection, int events, int result, long startNs)
    {
        if (poller.WatchCall.IsEmpty) return;
        TracedCall call = new()
        {
            Name = name, Fd = connection->Fd, Track = connection->Serial, Result = result,
            StartNs = startNs, Events = events,
        };
        trace.Call(call);
    }

    private void TraceWait(epoll_event* events, int count, long startNs)
    {
        TracedEvent* traced = stackalloc TracedEvent[Trace.MaxEvents];
        int shown = int.Min(int.Max(count, 0), Trace.MaxEvents);
        for (int i = 0; i < shown; i++)
        {
            traced[i].Fd = DescriptorOf(new Token(events[i].data.u64));
            traced[i].Events = events[i].events;
        }
        trace.Wait(poller.WaitCall, new(traced, shown), count, startNs, nowNs);
    }

    private static Duration ToDuration(int ms) =>
        ms < 0 ? Duration.Forever : Duration.FromMilliseconds(ms);

    /// <summary>The descriptor behind a token; -1 for one that has been closed.</summary>
    private readonly int DescriptorOf(Token token)
    {
        int slot = table.SlotOf(token);
        if (slot != ConnectionTable.None) return table[slot]->Fd;
        if (token.Kind == TokenKind.Signal) return signalFd;
        return token.Kind == TokenKind.Listener && !isStopping ? listeners[token.Index].Fd : -1;
    }
}
