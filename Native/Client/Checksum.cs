// A 64-bit checksum of a stream that comes in pieces of any size: by it, bytes that were sent and
// bytes that came back are compared without either being kept. Words of 8 bytes are mixed in one
// by one, so that a lost, changed or moved byte changes all that follows; not meant to resist
// somebody who forges bytes. (CRC-32C would need an instruction that not every CPU has.)
using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Epollecho.Native.Client;

internal struct Checksum
{
    private const ulong Odd = 0x9E3779B97F4A7C15; // 2^64 divided by the golden ratio
    private const int Turn = 29;

    private ulong state;
    private ulong rest; // the last bytes of the stream that make no word yet
    private int restCount;

    public readonly ulong Value => Mix(Mix(state, rest), (ulong)restCount);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (restCount > 0)
        {
            int missing = int.Min(sizeof(ulong) - restCount, bytes.Length);
            AddRest(bytes[..missing]);
            bytes = bytes[missing..];
        }
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        ulong now = state;
        foreach (ulong word in words) now = Mix(now, word);
        state = now;
        AddRest(bytes[(words.Length * sizeof(ulong))..]);
    }

    private void AddRest(ReadOnlySpan<byte> bytes)
    {
        foreach (byte one in bytes) rest |= (ulong)one << (8 * restCount++);
        if (restCount < sizeof(ulong)) return;
        state = Mix(state, rest);
        rest = 0;
        restCount = 0;
    }

    private static ulong Mix(ulong state, ulong word) =>
        ((BitOperations.RotateLeft(state, Turn) ^ word) * Odd) + Odd; // so that zeros count
}
