// The bytes that all connections send: one long pattern in native memory, each connection starting
// at a place of its own and going round. Sent without being copied, compared at memcmp's speed.
// The pattern's length is a prime, so that no buffer size divides it: bytes that are lost, repeated
// or moved by less than a megabyte do not fit.
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

    /// <summary>Never freed: there is one in a process.</summary>
    public static Pattern Create()
    {
        byte* bytes = (byte*)NativeMemory.Alloc(Period + MaxPieceBytes);
        Payload.Fill(new Span<byte>(bytes, Period), 0);
        // Its beginning once more, so that a piece may go over the end.
        Buffer.MemoryCopy(bytes, bytes + Period, MaxPieceBytes, MaxPieceBytes);
        return new Pattern(bytes);
    }

    /// <summary>Where a connection's byte is; <see cref="MaxPieceBytes"/> bytes follow.</summary>
    public byte* At(long connection, long offset) =>
        bytes + (((connection * Stride) + offset) % Period);

    /// <summary>How many of these bytes, received at an offset, are as they were sent.</summary>
    public int CountRight(long connection, long offset, ReadOnlySpan<byte> received) =>
        received.CommonPrefixLength(new(At(connection, offset), received.Length));
}
