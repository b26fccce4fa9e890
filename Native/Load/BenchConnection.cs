// One connection of a load. A plain struct in a native table; its place there is its number.
namespace Epollecho.Native.Load;

internal enum ConnectionState
{
    None, // no socket
    Connecting,
    Open,
    Ending, // nothing more is sent, and the server has been told; its end is awaited
}

internal struct BenchConnection
{
    public int Fd;
    public ConnectionState State;
    public bool AwaitsRoom; // is EPOLLOUT asked for?

    /// <summary>Its place in the pattern: no two connections of a load have the same.</summary>
    public long Identity;

    /// <summary>Since when it is waited for: connect was called, or what is under way was begun,
    /// or the last of it that has come so far came.</summary>
    public long AwaitedSinceNs;

    public long BytesSent;
    public long BytesReceived;

    /// <summary>Messages handed to the connection, sent as soon as the socket has room.</summary>
    public long Begun;

    /// <summary>Messages that may be begun; with a rate, those whose time has come.</summary>
    public long Allowed;
}
