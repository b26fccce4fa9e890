// The trace as a JSON array of Chrome trace events (the "JSON Array Format" of the Trace Event
// Format document), for Perfetto and chrome://tracing: one track for the loop, one a connection.
// Times are microseconds since the start. A file cut off by SIGKILL lacks its last bracket, which
// the format allows.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;

namespace Epollecho.Native.Output;

internal unsafe struct TraceFile
{
    private const int BufferBytes = 64 << 10;

    /// <summary>The longest event written.</summary>
    private const int MaxEventBytes = 2048;

    private int fd;
    private byte* buffer; // null: no file
    private int length;
    private Instant start;
    private bool hasEvents;

    /// <summary>0, or -errno.</summary>
    public static int TryOpen(byte* path, Instant start, out TraceFile file)
    {
        file = new() { start = start };
        file.fd = Files.Create(path);
        if (file.fd < 0) return file.fd;
        file.buffer = ReservedMemory.Reserve(BufferBytes);
        if (file.buffer == null) return -Tmds.Linux.LibC.ENOMEM;
        file.NameTrack("process_name"u8, 0, "epollecho"u8);
        file.NameTrack("thread_name"u8, 0, "loop"u8);
        return 0;
    }

    public void Wait(
        ReadOnlySpan<byte> name, ReadOnlySpan<TracedEvent> events, int count, Instant waitStart,
        Instant end)
    {
        if (buffer == null) return;
        TextBuilder text = Begin();
        AppendSpan(ref text, name, 0, waitStart, end);
        text.AppendJsonNumber("count"u8, count);
        text.Append(",\"events\":["u8);
        for (int i = 0; i < events.Length; i++)
        {
            text.Append(i == 0 ? "{\"fd\":"u8 : ",{\"fd\":"u8);
            text.Append(events[i].Fd);
            text.Append(",\"events\":\""u8);
            EventNames.Append(ref text, events[i].Events);
            text.Append("\"}"u8);
        }
        text.Append("]}}"u8);
        End(text);
    }

    public void Call(TracedCall call, Instant end)
    {
        if (buffer == null) return;
        TextBuilder text = Begin();
        AppendSpan(ref text, call.Name, call.Track, call.Start, end);
        text.AppendJsonNumber("fd"u8, call.Fd);
        text.Append(","u8);
        if (call.Result >= 0)
        {
            text.AppendJsonNumber("result"u8, call.Result);
        }
        else
        {
            text.Append("\"result\":\""u8);
            text.Append(Errno.Name((int)-call.Result));
            text.Append("\""u8);
        }
        if (call.Events != 0)
        {
            text.Append(",\"events\":\""u8);
            EventNames.Append(ref text, call.Events);
            text.Append("\""u8);
        }
        text.Append("}}"u8);
        End(text);
    }

    public void Began(int track, int connectionFd, Endpoint* peer)
    {
        if (buffer == null) return;
        Span<byte> nameBuffer = stackalloc byte[128];
        TextBuilder name = new(nameBuffer);
        name.Append("connection "u8);
        name.Append(track);
        name.Append(", fd "u8);
        name.Append(connectionFd);
        if (peer != null)
        {
            name.Append(", "u8);
            name.Append(*peer);
        }
        NameTrack("thread_name"u8, track, name.Written);
        AppendMark("B"u8, track);
    }

    public void Ended(int track)
    {
        if (buffer != null) AppendMark("E"u8, track);
    }

    /// <summary>Ends the array and writes what is left.</summary>
    public void Close()
    {
        if (buffer == null) return;
        TextBuilder text = new(new Span<byte>(buffer + length, BufferBytes - length));
        text.Append("\n]\n"u8);
        length += text.Written.Length;
        Flush();
        Files.Close(fd);
        ReservedMemory.Release(buffer, BufferBytes);
        buffer = null;
    }

    private void NameTrack(ReadOnlySpan<byte> what, int track, scoped ReadOnlySpan<byte> name)
    {
        TextBuilder text = Begin();
        text.Append("{\"name\":\""u8);
        text.Append(what);
        text.Append("\",\"ph\":\"M\","u8);
        AppendPlace(ref text, track);
        text.Append(",\"args\":{\"name\":\""u8);
        text.Append(name);
        text.Append("\"}}"u8);
        End(text);
    }

    private void AppendMark(ReadOnlySpan<byte> phase, int track)
    {
        TextBuilder text = Begin();
        text.Append("{\"name\":\"connection\",\"cat\":\"connection\",\"ph\":\""u8);
        text.Append(phase);
        text.Append("\",\"ts\":"u8);
        text.Append((Instant.Now - start).InMicroseconds);
        text.Append(","u8);
        AppendPlace(ref text, track);
        text.Append("}"u8);
        End(text);
    }

    private readonly void AppendSpan(
        ref TextBuilder text, ReadOnlySpan<byte> name, int track, Instant begin, Instant end)
    {
        text.Append("{\"name\":\""u8);
        text.Append(name);
        text.Append("\",\"cat\":\"syscall\",\"ph\":\"X\",\"ts\":"u8);
        text.Append(Duration.Max(Duration.Zero, begin - start).InMicroseconds);
        text.Append(",\"dur\":"u8);
        text.Append((end - begin).InMicroseconds);
        text.Append(","u8);
        AppendPlace(ref text, track);
        text.Append(",\"args\":{"u8);
    }

    private static void AppendPlace(ref TextBuilder text, int track)
    {
        text.AppendJsonNumber("pid"u8, Process.Id);
        text.Append(","u8);
        text.AppendJsonNumber("tid"u8, track);
    }

    private TextBuilder Begin()
    {
        if (BufferBytes - length < MaxEventBytes) Flush();
        TextBuilder text = new(new Span<byte>(buffer + length, BufferBytes - length));
        text.Append(hasEvents ? ",\n"u8 : "[\n"u8);
        hasEvents = true;
        return text;
    }

    private void End(TextBuilder text) => length += text.Written.Length;

    // An error of the disk ends the trace, not the server.
    private void Flush()
    {
        _ = Files.WriteAll(fd, new(buffer, length));
        length = 0;
    }
}
