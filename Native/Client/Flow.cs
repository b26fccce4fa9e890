// One direction of a conversation: what was read last and has not been written yet, and what all
// of it came to. Bytes are read only when the last ones have gone, so the buffer is the bound.
using System;
using System.Runtime.InteropServices;

namespace Epollecho.Native.Client;

internal unsafe struct Flow
{
    private const int BufferBytes = 128 << 10;

    private byte* buffer;
    private int start;
    private int end;
    private Checksum checksum;

    /// <summary>Has the reading side come to its end?</summary>
    public bool HasEnded { get; set; }

    /// <summary>Bytes that were written.</summary>
    public long Written { get; private set; }

    /// <summary>Of the bytes that were written.</summary>
    public readonly ulong Checksum => checksum.Value;

    public readonly bool IsEmpty => start == end;

    /// <summary>What waits to be written.</summary>
    public readonly Span<byte> Waiting => new(buffer + start, end - start);

    /// <summary>Where the next read goes; only while nothing waits.</summary>
    public readonly Span<byte> Space => new(buffer, BufferBytes);

    /// <summary>Never freed: there are two in a process.</summary>
    public static Flow Create() => new() { buffer = (byte*)NativeMemory.Alloc(BufferBytes) };

    /// <summary>So many bytes have been read into <see cref="Space"/>.</summary>
    public void Fill(int count)
    {
        start = 0;
        end = count;
    }

    /// <summary>The first <paramref name="count"/> bytes of <see cref="Waiting"/> were written.
    /// </summary>
    public void Advance(int count)
    {
        checksum.Add(Waiting[..count]);
        Written += count;
        start += count;
    }

    /// <summary>What waits will not be written.</summary>
    public void Drop() => start = end;
}
