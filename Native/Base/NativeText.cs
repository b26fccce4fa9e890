// NUL-terminated text in memory that never moves, as C has it: literals, words of the command
// line and of the environment, and copies that are never freed.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollecho.Native.Base;

internal static unsafe class NativeText
{
    /// <summary>A pointer to text that never moves and is followed by a NUL: a u8 literal's (the
    /// compiler puts the NUL there), or what <see cref="At"/> has answered. Null for none.
    /// </summary>
    public static byte* PointerTo(ReadOnlySpan<byte> text) =>
        (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(text));

    /// <summary>The text at a pointer, without the NUL; empty for null.</summary>
    public static ReadOnlySpan<byte> At(byte* terminated) =>
        MemoryMarshal.CreateReadOnlySpanFromNullTerminated(terminated);

    /// <summary>A copy with a NUL behind it, which is never freed.</summary>
    public static byte* Copy(scoped ReadOnlySpan<byte> text)
    {
        byte* copy = (byte*)NativeMemory.Alloc((nuint)text.Length + 1);
        text.CopyTo(new Span<byte>(copy, text.Length));
        copy[text.Length] = 0;
        return copy;
    }
}
