// The trace as a JSON array of Chrome trace events (the "JSON Array Format" of the Trace Event
// Format document), for Perfetto and chrome://tracing: one track for the loop, one a connection.
// Times are microseconds since the start. Events are gathered in a buffer and written in chunks.
// A file cut off by SIGKILL lacks its last bracket, which the format allows.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;

namespace Epollecho.Native.Output;

internal unsafe struct TraceFile
{
    private const int BufferBytes = 64 << 10;

    /// <summary>The longest event: a wait with <see cref="Trace.MaxEvents"/> masks of all bits.
    /// </summary>
    private const int MaxEventBytes = 4096;

    private const int MaxMaskLength = 128; // all names of a mask
    private const int MaxTrackNameLength = 128;

    private int fd;
    private byte* buffer; // null: no file
    private int length;
    private Instant start;
    private JsonPosition position;

    /// <summary>0, or -errno.</summary>
    public static int TryOpen(byte* path, Instant start, out TraceFile file)
    {
        file = new() { start = start };
        file.fd = Files.Create(path);
        if (file.fd < 0) return file.fd;
        file.buffer = ReservedMemory.Reserve(BufferBytes);
        if (file.buffer == null) return -Tmds.Linux.LibC.ENOMEM;
        Json json = file.Begin();
        json.BeginArray();
        file.End(json);
        file.NameTrack("process_name"u8, 0, "epollecho"u8);
        file.NameTrack("thread_name"u8, 0, "loop"u8);
        return 0;
    }

    public void Wait(
        ReadOnlySpan<byte> name, ReadOnlySpan<TracedEvent> events, int count, Instant from,
        Instant to)
    {
        if (buffer == null) return;
        Json json = Begin();
        BeginCall(ref json, name, 0, from, to);
        json.Member("count"u8, count);
        json.BeginArray("events"u8);
        foreach (TracedEvent one in events)
        {
            json.BeginObject();
            json.Member("fd"u8, one.Fd);
            AddMask(ref json, one.Events);
            json.EndObject();
        }
        json.EndArray();
        EndCall(json);
    }

    public void Call(TracedCall call, Instant to)
    {
        if (buffer == null) return;
        Json json = Begin();
        BeginCall(ref json, call.Name, call.Track, call.Start, to);
        json.Member("fd"u8, call.Fd);
        if (call.Result >= 0) json.Member("result"u8, call.Result);
        else json.Member("result"u8, Errno.Name((int)-call.Result));
        if (call.Events != 0) AddMask(ref json, call.Events);
        EndCall(json);
    }

    public void Began(int track, int connectionFd, Endpoint* peer)
    {
        if (buffer == null) return;
        Span<byte> nameBuffer = stackalloc byte[MaxTrackNameLength];
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
        Mark("B"u8, track);
    }

    public void Ended(int track)
    {
        if (buffer != null) Mark("E"u8, track);
    }

    /// <summary>Ends the array and writes what is left.</summary>
    public void Close()
    {
        if (buffer == null) return;
        Json json = Begin();
        json.EndArray();
        length += json.Document.Length;
        Flush();
        Files.Close(fd);
        ReservedMemory.Release(buffer, BufferBytes);
        buffer = null;
    }

    /// <summary>A metadata event: the name of a track.</summary>
    private void NameTrack(ReadOnlySpan<byte> what, int track, scoped ReadOnlySpan<byte> name)
    {
        Json json = Begin();
        json.BeginObject();
        json.Member("name"u8, what);
        json.Member("ph"u8, "M"u8);
        AddTrack(ref json, track);
        json.BeginObject("args"u8);
        json.Member("name"u8, name);
        json.EndObject();
        json.EndObject();
        End(json);
    }

    /// <summary>A duration event: the begin ("B") or the end ("E") of a connection.</summary>
    private void Mark(ReadOnlySpan<byte> phase, int track)
    {
        Json json = Begin();
        json.BeginObject();
        json.Member("name"u8, "connection"u8);
        json.Member("cat"u8, "connection"u8);
        json.Member("ph"u8, phase);
        json.Member("ts"u8, (Instant.Now - start).InMicroseconds);
        AddTrack(ref json, track);
        json.EndObject();
        End(json);
    }

    /// <summary>A complete event, up to what is particular to the call.</summary>
    private readonly void BeginCall(
        ref Json json, ReadOnlySpan<byte> name, int track, Instant from, Instant to)
    {
        json.BeginObject();
        json.Member("name"u8, name);
        json.Member("cat"u8, "syscall"u8);
        json.Member("ph"u8, "X"u8);
        json.Member("ts"u8, Duration.Max(Duration.Zero, from - start).InMicroseconds);
        json.Member("dur"u8, (to - from).InMicroseconds);
        AddTrack(ref json, track);
        json.BeginObject("args"u8);
    }

    private void EndCall(Json json)
    {
        json.EndObject();
        json.EndObject();
        End(json);
    }

    private static void AddTrack(ref Json json, int track)
    {
        json.Member("pid"u8, Process.Id);
        json.Member("tid"u8, track);
    }

    private static void AddMask(ref Json json, int events)
    {
        Span<byte> maskBuffer = stackalloc byte[MaxMaskLength];
        TextBuilder mask = new(maskBuffer);
        mask.Append(new EventNames(events));
        json.Member("events"u8, mask.Written);
    }

    /// <summary>A writer of the next event, in the buffer's free part.</summary>
    private Json Begin()
    {
        if (BufferBytes - length < MaxEventBytes) Flush();
        return new(new Span<byte>(buffer + length, BufferBytes - length), position);
    }

    private void End(Json json)
    {
        length += json.Written.Length;
        position = json.Position;
    }

    /// <summary>An error of the disk ends the trace, not the server.</summary>
    private void Flush()
    {
        _ = Files.WriteAll(fd, new(buffer, length));
        length = 0;
    }
}
