// The trace: every wake-up and every system call made for it, as text on stdout, as Chrome trace
// events in a file, or both.
using System;
using System.Runtime.InteropServices;
using Epollecho.Native.Base;
using Epollecho.Native.Net;

namespace Epollecho.Native.Output;

internal enum TraceLevel
{
    None,
    Calls,
    Data, // with the first bytes of what was received
}

/// <summary>One system call, as the trace shows it.</summary>
internal unsafe ref struct TracedCall
{
    public ReadOnlySpan<byte> Name;
    public int Fd;
    public int Track; // the connection's serial number; 0: the loop
    public nint Result; // or -errno
    public Instant Start;
    public int Events; // the mask it sets, if any
    public Endpoint* Peer; // whom it has accepted, if known
    public ReadOnlySpan<byte> Data; // what it has received
}

/// <summary>One event that a wait has reported.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TracedEvent
{
    public int Fd; // -1: closed since
    public int Events;
}

internal unsafe struct Trace
{
    /// <summary>Events of one wake-up that are listed; of the others there is the number.
    /// </summary>
    public const int MaxEvents = 16;

    private TraceText text;
    private TraceFile file;

    /// <summary>A trace of what the level and the file ask for. 0, or -errno if the file cannot
    /// be made.</summary>
    public static int TryOpen(TraceLevel level, byte* path, out Trace trace)
    {
        trace = default;
        if (level == TraceLevel.None && path == null) return 0;
        Instant start = Instant.Now;
        trace.text = TraceText.Open(level, start);
        return path == null ? 0 : TraceFile.TryOpen(path, start, out trace.file);
    }

    public void Wait(
        ReadOnlySpan<byte> name, ReadOnlySpan<TracedEvent> events, int count, Instant start,
        Instant end)
    {
        text.Wait(name, events, count, end);
        file.Wait(name, events, count, start, end);
    }

    public void Call(TracedCall call)
    {
        Instant end = Instant.Now;
        text.Call(call, end);
        file.Call(call, end);
    }

    /// <summary>A connection has been taken in.</summary>
    public void Began(int track, int fd, Endpoint* peer) => file.Began(track, fd, peer);

    public void Ended(int track) => file.Ended(track);

    public void Close() => file.Close();
}
