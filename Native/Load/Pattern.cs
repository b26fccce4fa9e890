// The bytes that all connections send: one long pattern in native memory, in which each connection
// starts at a place of its own and goes round. It is sent without being copied. Its length is a
// prime, so that no buffer size divides it: bytes that are lost, repeated or moved by less than a
// megabyte do not fit.
using System;
using System.Runtime.InteropServices;

namespace Epollecho.Native.Load;

internal unsafe readonly struct Pattern
{
    /// <summary>The most bytes that can be had in one piece.</summary>
    public const int MaxPieceBytes = 256 << 10;

    private const int Period = 1_048_573; // the greatest prime below 2^20
    private const int Stride = 7919; // from one connection's place to the next one's

    private readonly byte* bytes;

    private Pattern(byte* bytes) => this.bytes = bytes;

    /// <summary>The pattern is never freed: one is enough for a process.</summary>
    public static Pattern Create()
    {
        byte* bytes = (byte*)NativeMemory.Alloc(Period + MaxPieceBytes);
        Payload.Fill(new Span<byte>(bytes, Period), 0);
        // Its beginning stands at its end once more, so that a piece may go over the end.
        Buffer.MemoryCopy(bytes, bytes + Period, MaxPieceBytes, MaxPieceBytes);
        return new Pattern(bytes);
    }

    /// <summary>A connection's byte at an offset; <see cref="MaxPieceBytes"/> bytes follow.
    /// </summary>
    public byte* At(long connection, long offset) =>
        bytes + (((connection * Stride) + offset) % Period);

    /// <summary>How many of these bytes are those of a connection at an offset, up to the first
    /// that is not.</summary>
    public int CountEqual(long connection, long offset, ReadOnlySpan<byte> received) =>
        received.CommonPrefixLength(new(At(connection, offset), received.Length));
}
