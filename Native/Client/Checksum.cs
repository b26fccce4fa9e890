// A 64-bit checksum of a stream that comes in pieces of any size: by it, bytes that were sent and
// bytes that came back are compared without either being kept. Words of 8 bytes are mixed in one
// by one, so that a lost, changed or moved byte changes all that follows; not meant to resist
// somebody who forges bytes. (CRC-32C would need an instruction that not every CPU has.)
using System;
using System.Numerics;
using CommunityToolkit.HighPerformance;

namespace Epollecho.Native.Client;

internal struct Checksum
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15; // 2^64 divided by the golden ratio, odd
    private const int Rotation = 29;

    private ulong state;
    private ulong partialWord; // the last bytes of the stream, which make no whole word yet
    private int partialCount;

    public readonly ulong Value => Mix(Mix(state, partialWord), (ulong)partialCount);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (partialCount > 0)
        {
            int missing = int.Min(sizeof(ulong) - partialCount, bytes.Length);
            AddPartial(bytes[..missing]);
            bytes = bytes[missing..];
        }
        ReadOnlySpan<ulong> words = bytes.Cast<byte, ulong>();
        ulong mixed = state;
        foreach (ulong word in words) mixed = Mix(mixed, word);
        state = mixed;
        AddPartial(bytes[(words.Length * sizeof(ulong))..]);
    }

    private void AddPartial(ReadOnlySpan<byte> bytes)
    {
        foreach (byte one in bytes) partialWord |= (ulong)one << (8 * partialCount++);
        if (partialCount < sizeof(ulong)) return;
        state = Mix(state, partialWord);
        partialWord = 0;
        partialCount = 0;
    }

    /// <summary>The addition makes words of zeros count, too.</summary>
    private static ulong Mix(ulong state, ulong word) =>
        ((BitOperations.RotateLeft(state, Rotation) ^ word) * Multiplier) + Multiplier;
}
