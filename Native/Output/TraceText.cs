// The trace as text on stdout: a line a wake-up with all its events, then, indented, a line a
// system call. Each begins with the seconds since the start.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;

namespace Epollecho.Native.Output;

internal unsafe struct TraceText
{
    /// <summary>Bytes of what was received that are shown.</summary>
    private const int MaxDataBytes = 64;

    private LineSink sink;
    private TraceLevel level;
    private Instant start;

    public static TraceText Open(TraceLevel level, Instant start) => new()
    {
        sink = level == TraceLevel.None ? default : LineSink.Open(StandardOutput.Fd),
        level = level,
        start = start,
    };

    /// <summary>epoll_wait -> [(5, 0x1 EPOLLIN)]</summary>
    public void Wait(
        ReadOnlySpan<byte> name, ReadOnlySpan<TracedEvent> events, int count, Instant now)
    {
        if (level == TraceLevel.None) return;
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append((now - start).InSecondsToMicroseconds);
        text.Append(" "u8);
        text.Append(name);
        text.Append(" -> ["u8);
        for (int i = 0; i < events.Length; i++)
        {
            if (i > 0) text.Append(", "u8);
            text.Append(new ReportedEvent(events[i].Fd, events[i].Events));
        }
        if (count > events.Length)
        {
            text.Append(", and "u8);
            text.Append(count - events.Length);
            text.Append(" more"u8);
        }
        text.Append("]\n"u8);
        sink.Write(text.Written);
    }

    /// <summary>fd 5: recv = 20 "hello\n"</summary>
    public void Call(TracedCall call, Instant now)
    {
        if (level == TraceLevel.None) return;
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append((now - start).InSecondsToMicroseconds);
        text.Append("   fd "u8);
        text.Append(call.Fd);
        text.Append(": "u8);
        text.Append(call.Name);
        if (call.Events != 0)
        {
            text.Append(" "u8);
            text.Append(new EventNames(call.Events));
        }
        text.Append(" = "u8);
        if (call.Result < 0) text.Append(Errno.Name((int)-call.Result));
        else text.Append(call.Result);
        if (call.Peer != null)
        {
            text.Append(" from "u8);
            text.Append(*call.Peer);
        }
        if (level == TraceLevel.Data && !call.Data.IsEmpty) AppendData(ref text, call.Data);
        text.Append("\n"u8);
        sink.Write(text.Written);
    }

    private static void AppendData(ref TextBuilder text, ReadOnlySpan<byte> data)
    {
        text.Append(" \""u8);
        text.Append(new Escaped(data[..Math.Min(data.Length, MaxDataBytes)]));
        text.Append(data.Length > MaxDataBytes ? "\"..."u8 : "\""u8);
    }
}
