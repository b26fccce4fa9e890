// Streams of bytes that depend on their place, so that a lost, repeated, moved or changed byte is
// noticed. A stream is named by a seed; its words are a 64-bit mix of the seed and the number of
// the word (the finalizer of MurmurHash3), little-endian.
using System;
using CommunityToolkit.HighPerformance;

namespace Epollecho.Native.Load;

internal static class Payload
{
    private const ulong WordStep = 0x9E3779B97F4A7C15; // 2^64 divided by the golden ratio

    /// <summary>Writes the first bytes of a stream.</summary>
    public static void Fill(Span<byte> into, ulong seed)
    {
        Span<ulong> words = into.Cast<byte, ulong>();
        ulong state = Mix(seed + 1); // else neighbouring seeds would share most words
        for (int i = 0; i < words.Length; i++) words[i] = Mix(state += WordStep);
        ulong last = Mix(state + WordStep);
        for (int i = words.Length * sizeof(ulong); i < into.Length; i++, last >>= 8)
            into[i] = (byte)last;
    }

    private static ulong Mix(ulong word)
    {
        word = (word ^ (word >> 33)) * 0xFF51AFD7ED558CCD;
        word = (word ^ (word >> 33)) * 0xC4CEB9FE1A85EC53;
        return word ^ (word >> 33);
    }
}
