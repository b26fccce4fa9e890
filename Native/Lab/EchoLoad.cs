// The other end of a measured server: many connections, a few of which send a message, wait until
// it has come back, check it, and send the next. One thread, one epoll. Owns the connections.
using System;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Tmds.Linux;

namespace Epollecho.Native.Lab;

internal enum OpenResult
{
    Opened,
    NoPorts, // EADDRNOTAVAIL, connect(2)
    Failed, // with a message
}

internal unsafe struct EchoLoad
{
    public const int MessageBytes = 64;

    private const int ConnectTimeoutMs = 5000;
    private const int StallTimeoutMs = 5000;
    private const int EventsPerTurn = 256;
    private const ulong SignalTag = ulong.MaxValue;
    private const long NsPerMs = 1_000_000;

    private int epollFd;
    private int* connections;
    private Speaker* speakers; // the connections that send
    private int active;
    private int underWay; // messages
    private long echoes;

    public int Count { get; private set; }

    /// <summary>Prepares for <paramref name="capacity"/> connections, of which
    /// <paramref name="active"/> will send; a signal of <paramref name="signalFd"/> ends a run.
    /// False, with a message, if it cannot.</summary>
    public static bool TryCreate(int capacity, int active, int signalFd, out EchoLoad load)
    {
        load = new() { epollFd = Epoll.Create(), active = active };
        if (load.epollFd < 0) return LabError.Fail("epoll_create1"u8, -load.epollFd);
        load.connections = (int*)NativeMemory.Alloc((nuint)capacity, sizeof(int));
        load.speakers = (Speaker*)NativeMemory.AllocZeroed((nuint)active, (nuint)sizeof(Speaker));
        int result = Epoll.Add(load.epollFd, signalFd, LibC.EPOLLIN, SignalTag);
        if (result >= 0) return true;
        load.Close();
        return LabError.Fail("epoll_ctl"u8, -result);
    }

    /// <summary>Opens connections until there are <paramref name="target"/>.</summary>
    public OpenResult Open(ushort port, int target)
    {
        SocketAddress server = LoopbackPair.Loopback(port);
        while (Count < target)
        {
            int fd = Socket.CreateStream(LibC.AF_INET);
            if (fd < 0) return FailToOpen("socket"u8, fd);
            int result = Socket.ConnectWithin(fd, server, ConnectTimeoutMs);
            if (result < 0)
            {
                Files.Close(fd);
                if (result == -LibC.EADDRNOTAVAIL) return OpenResult.NoPorts;
                return FailToOpen("cannot connect to the server"u8, result);
            }
            _ = Socket.SetNoDelay(fd); // one message at a time: Nagle has nothing to hold back
            connections[Count++] = fd;
        }
        return OpenResult.Opened;
    }

    /// <summary>Chooses the connections that send, spread over all of them. False, with a message,
    /// if it cannot.</summary>
    public readonly bool TryChooseSpeakers()
    {
        for (int i = 0; i < active; i++)
        {
            speakers[i].Fd = connections[(long)i * Count / active];
            int result = Epoll.Add(epollFd, speakers[i].Fd, LibC.EPOLLIN, (ulong)i);
            if (result < 0) return LabError.Fail("epoll_ctl"u8, -result);
        }
        return true;
    }

    /// <summary>Echoes for so long; every message that was sent has then come back. False, with
    /// a message, if one does not, or differs, or a signal asks to end.</summary>
    public bool TryRun(long durationMs, out long echoesDone, out long elapsedNs)
    {
        long startNs = Clock.MonotonicNs();
        long nowNs = startNs;
        long endNs = startNs + (durationMs * NsPerMs);
        echoes = 0;
        echoesDone = elapsedNs = 0;
        for (int i = 0; i < active; i++)
            if (!TrySend(i)) return false;
        epoll_event* events = stackalloc epoll_event[EventsPerTurn];
        while (underWay > 0)
        {
            int count = Epoll.Wait(epollFd, events, EventsPerTurn, StallTimeoutMs);
            if (count < 0) return LabError.Fail("epoll_wait"u8, -count);
            long beforeNs = nowNs;
            nowNs = Clock.MonotonicNs();
            if (count == 0 && nowNs - beforeNs >= StallTimeoutMs * NsPerMs)
                return LabError.Fail("nothing has come back for 5 s"u8);
            for (int i = 0; i < count; i++)
            {
                if (events[i].data.u64 == SignalTag) return LabError.Fail("interrupted"u8);
                if (!TryTake((int)events[i].data.u64, nowNs < endNs)) return false;
            }
        }
        echoesDone = echoes;
        elapsedNs = nowNs - startNs;
        return true;
    }

    public void Close()
    {
        for (int i = 0; i < Count; i++) Socket.CloseWithReset(connections[i]);
        Count = 0;
        Files.Close(epollFd);
        NativeMemory.Free(connections);
        NativeMemory.Free(speakers);
    }

    private bool TrySend(int index)
    {
        Speaker* speaker = speakers + index;
        speaker->Serial++;
        speaker->Received = 0;
        byte* message = stackalloc byte[MessageBytes];
        Write(message, index, speaker->Serial);
        nint result = Socket.Send(speaker->Fd, message, MessageBytes);
        if (result < 0) return LabError.Fail("send"u8, (int)-result);
        if (result < MessageBytes) return LabError.Fail("send took a part of a message only"u8);
        underWay++;
        return true;
    }

    /// <summary>Takes what has come back on a connection and, if that completes the message and
    /// <paramref name="goesOn"/>, sends the next.</summary>
    private bool TryTake(int index, bool goesOn)
    {
        Speaker* speaker = speakers + index;
        nint result = Socket.Receive(
            speaker->Fd, speaker->Bytes + speaker->Received, MessageBytes - speaker->Received);
        if (Errno.IsAgain(result)) return true;
        if (result < 0) return LabError.Fail("recv"u8, (int)-result);
        if (result == 0) return LabError.Fail("the server has closed a connection"u8);
        speaker->Received += (int)result;
        if (speaker->Received < MessageBytes) return true;
        byte* expected = stackalloc byte[MessageBytes];
        Write(expected, index, speaker->Serial);
        if (!new Span<byte>(expected, MessageBytes).SequenceEqual(
            new Span<byte>(speaker->Bytes, MessageBytes)))
            return LabError.Fail("other bytes came back than were sent"u8);
        echoes++;
        underWay--;
        return !goesOn || TrySend(index);
    }

    /// <summary>A message that no other connection and no other time has.</summary>
    private static void Write(byte* message, int index, long serial)
    {
        for (int i = 0; i < MessageBytes / sizeof(long); i++)
            ((long*)message)[i] = (serial << 20) + ((long)index << 4) + i;
    }

    private static OpenResult FailToOpen(ReadOnlySpan<byte> what, int result)
    {
        _ = LabError.Fail(what, -result);
        return OpenResult.Failed;
    }

    private struct Speaker
    {
        public int Fd;
        public int Received; // bytes of the message that have come back
        public long Serial; // of the message
        public fixed byte Bytes[MessageBytes];
    }
}
