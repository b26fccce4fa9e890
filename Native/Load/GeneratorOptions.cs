// What a load is to be. Plain data in which everything is decided: who fills it in knows the
// defaults.
using Epollecho.Native.Base;

namespace Epollecho.Native.Load;

internal enum LoadMode
{
    Echo, // messages, so many of a connection's under way at a time
    Stream, // as many bytes as go through, both ways at once
    Churn, // connect, one message, close
}

internal struct GeneratorOptions
{
    public const int MaxWorkers = 256;

    public LoadMode Mode;

    /// <summary>Connections of all workers together, at least as many as there are workers; with
    /// <see cref="LoadMode.Churn"/> those that are open at a time.</summary>
    public int Connections;

    /// <summary>Connections of these that send, at least as many as there are workers. They are
    /// spread over all in the order in which these were opened; the others are idle.</summary>
    public int Active;

    /// <summary>Messages in all, or connections in all with <see cref="LoadMode.Churn"/>; 0: no
    /// limit.</summary>
    public long Count;

    /// <summary>Of a message, or of a block of a stream.</summary>
    public int SizeBytes;

    /// <summary>Messages of a connection that may be under way.</summary>
    public int Pipeline;

    /// <summary>Messages a second in all; 0: as many as come back.</summary>
    public int Rate;

    /// <summary>Connections opened a second in all; 0: as fast as they are accepted.</summary>
    public int ConnectRate;

    /// <summary>How long a connection may take to be established, and then to bring the next of
    /// the bytes that it owes.</summary>
    public Duration Timeout;

    /// <summary>Threads that share the load.</summary>
    public int Workers;

    public bool SkipsVerification;

    /// <summary>Ends the load at the first connection that fails; else the others go on.
    /// </summary>
    public bool StopsAtFailure;

    /// <summary>Closes connections with a reset, so that none of them keeps its local port for a
    /// minute (TIME_WAIT).</summary>
    public bool ClosesWithReset;
}
