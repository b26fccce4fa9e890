// One connection's state: 64 bytes, one cache line, no pointer into the GC heap. An idle
// connection owns this and nothing else of the program's memory.
using System;
using System.Runtime.InteropServices;
using Epollecho.Native.Base;

namespace Epollecho.Native.Server.Session;

[Flags]
internal enum ConnectionFlags : ushort
{
    None = 0,

    /// <summary>recv() has answered 0: flush what is left, then close.</summary>
    InputEnded = 1,

    /// <summary>A short read does not mean that the socket is empty: the end, an error or urgent
    /// data is there as well (RDHUP, HUP, ERR or PRI was reported). Read on to 0 or EAGAIN.
    /// </summary>
    ReadsToEnd = 2,

    /// <summary>The peer's window is full; nothing is read until EPOLLOUT.</summary>
    WaitsForRoom = 4,

    /// <summary>In the ready list: has used up its budget and goes on in the next pass.</summary>
    Ready = 8,

    /// <summary>In the closing list: closed at the end of the turn.</summary>
    Closing = 16,

    /// <summary>To be closed, but in the ready list still: goes to the other when it is taken
    /// out.</summary>
    ClosesWhenTaken = 32,

    /// <summary>Its accept line is in the log.</summary>
    Announced = 64,

    /// <summary>Watched for output instead of input, where that is told apart.</summary>
    WatchesOutput = 128,

    /// <summary>Reads have filled the buffer lately: worth a pipe.</summary>
    Saturated = 256,
}

/// <summary>Why a connection ended.</summary>
internal enum CloseReason : byte
{
    Eof, // the peer ended its side and got everything back
    Shutdown, // this server ended
    Failed, // a call on it did, with the connection's errno
}

[StructLayout(LayoutKind.Sequential, Size = Size)]
internal struct Connection
{
    public const int Size = 64;

    public long BytesIn;
    public long BytesOut;
    public Instant Accepted;
    public int Fd; // -1: the slot is free
    public uint Generation; // counts the uses of the slot: tells a stale event from a live one
    public int Link; // the next slot of whichever list this one is in; -1: none
    public ConnectionFlags Flags;
    public CloseReason Reason;
    public Unsent Unsent;
    public int Errno; // with CloseReason.Failed
    public int Serial; // counts the connections of the server from 1: its track in a trace

    public readonly bool Has(ConnectionFlags flag) => (Flags & flag) != 0;
}
