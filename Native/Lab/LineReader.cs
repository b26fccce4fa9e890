// Lines that a child process prints, read without waiting. Owns the pipe's end and one buffer; a
// line that is longer than the buffer loses its beginning.
using System;
using System.Runtime.InteropServices;
using Epollecho.Interop;

namespace Epollecho.Native.Lab;

internal unsafe struct LineReader
{
    private const int BufferBytes = 8192; // of the server's lines, up to 1 KB each

    private byte* buffer;
    private int start; // of what has not been taken
    private int length;

    /// <summary>The pipe's end, non-blocking.</summary>
    public int Fd { get; private set; }

    /// <summary>Reads from a non-blocking descriptor, which it owns from then on.</summary>
    public static LineReader Open(int fd) =>
        new() { Fd = fd, buffer = (byte*)NativeMemory.Alloc(BufferBytes) };

    public readonly void Close()
    {
        Files.Close(Fd);
        NativeMemory.Free(buffer);
    }

    /// <summary>The next line that has been read whole, without its line feed, valid until more
    /// is read.</summary>
    public bool TryTake(out ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> unread = new(buffer + start, length - start);
        int end = unread.IndexOf((byte)'\n');
        line = end < 0 ? default : unread[..end];
        if (end >= 0) start += end + 1;
        return end >= 0;
    }

    /// <summary>What has been read behind the last line feed.</summary>
    public ReadOnlySpan<byte> TakeRest()
    {
        ReadOnlySpan<byte> rest = new(buffer + start, length - start);
        start = length;
        return rest;
    }

    /// <summary>Reads what there is. The bytes read, 0 at the end, or -errno (EAGAIN: none).
    /// </summary>
    public nint Fill()
    {
        new ReadOnlySpan<byte>(buffer + start, length - start).CopyTo(new(buffer, BufferBytes));
        length -= start;
        start = 0;
        if (length == BufferBytes) length = 0;
        nint count = Files.Read(Fd, new(buffer + length, BufferBytes - length));
        if (count > 0) length += (int)count;
        return count;
    }
}
