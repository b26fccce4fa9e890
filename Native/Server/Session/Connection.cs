// One connection's state: 64 bytes, one cache line, no pointer into the GC heap. An idle
// connection owns this and nothing else of the program's memory.
using System;
using System.Runtime.InteropServices;
using Epollecho.Interop;

namespace Epollecho.Native.Server.Session;

[Flags]
internal enum ConnectionFlags
{
    None = 0,

    /// <summary>recv() has answered 0: flush what is left, then close.</summary>
    InputEnded = 1,

    /// <summary>RDHUP, HUP or ERR was reported, or PRI (a read ends at the mark of urgent data):
    /// a short read is no sign of an empty socket any more, read on to 0 or EAGAIN.</summary>
    HangupSeen = 2,

    /// <summary>The peer's window is full; nothing is read until EPOLLOUT.</summary>
    WaitsForRoom = 4,

    /// <summary>In the ready list: has used up its budget and goes on in the next pass.</summary>
    Ready = 8,

    /// <summary>In the closing list: closed at the end of the turn.</summary>
    Closing = 16,

    /// <summary>Its accept line is in the log.</summary>
    Announced = 32,

    /// <summary>Watched for output instead of input, where that is told apart.</summary>
    WatchesOutput = 64,

    /// <summary>Reads have filled the buffer lately: worth a pipe.</summary>
    Saturated = 128,

    /// <summary>Unsent bytes are in a pipe, not in a block.</summary>
    HasPipe = 256,
}

/// <summary>Why a connection ended; the word is what the log prints.</summary>
internal enum CloseReason
{
    Eof, // the peer ended its side and got everything back
    Reset, // the peer reset it (RST)
    Timeout, // keepalive or retransmission gave up
    Shutdown, // this server ended
    Error, // any other error of the socket
}

[StructLayout(LayoutKind.Sequential, Size = Size)]
internal struct Connection
{
    public const int Size = 64;

    public long BytesIn;
    public long BytesOut;
    public long AcceptedNs; // on the monotonic clock
    public int Fd; // -1: the slot is free
    public uint Generation; // counts the slot's tenants: tells a stale event from a live one
    public int Link; // the next slot of whichever list this one is in; -1: none
    public int SpillBlock; // block of the pool that holds unsent bytes; -1: none
    public int SpillStart; // the first unsent byte within the block
    public int SpillLength; // unsent bytes
    public ConnectionFlags Flags;
    public CloseReason Reason;
    public int Errno; // with CloseReason.Error
    public int Serial; // counts the connections of the server from 1: its track in a trace

    /// <summary>The pipe that holds <see cref="SpillLength"/> unsent bytes, in the place of a
    /// block: there is never both.</summary>
    public Pipe Pipe
    {
        readonly get => new() { ReadFd = SpillBlock, WriteFd = SpillStart };
        set => (SpillBlock, SpillStart) = (value.ReadFd, value.WriteFd);
    }

    public readonly bool Has(ConnectionFlags flag) => (Flags & flag) != 0;
}
