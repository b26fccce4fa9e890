// One connection of a load: 64 bytes, a cache line, in a native table; its place there is its
// number. Plain data.
using Epollecho.Native.Base;

namespace Epollecho.Native.Load;

internal enum ConnectionState : byte
{
    None, // there is no socket
    Connecting,
    Open,
    Ending, // this side has been shut down; the server's end is awaited
}

internal struct LoadConnection
{
    public int Fd;
    public ConnectionState State;
    public bool AwaitsRoom; // is EPOLLOUT asked for?

    /// <summary>Which connection of the whole load it is. Its place in the pattern follows from
    /// it.</summary>
    public long Identity;

    /// <summary>Since when something is awaited from it: connect was called, or what is under way
    /// was begun, or the last bytes of that came.</summary>
    public Instant AwaitedSince;

    public long BytesSent;
    public long BytesReceived;

    /// <summary>Messages handed to the connection, which are sent as soon as the socket has room.
    /// </summary>
    public long Begun;

    /// <summary>Messages that may be begun; with a rate, those whose time has come.</summary>
    public long Allowed;

    /// <summary>The number of the first message of the present phase.</summary>
    public long FirstOfPhase;
}
