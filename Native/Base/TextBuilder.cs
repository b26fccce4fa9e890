// UTF-8 text put together in a buffer of the caller's, as sentences with holes in them or piece by
// piece: no string, no allocation. What does not fit is cut off, and IsCut says so; the buffer is
// the limit.
using System;
using System.Buffers.Text;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Epollecho.Native.Base;

internal ref struct TextBuilder(Span<byte> buffer)
{
    private readonly Span<byte> buffer = buffer;
    private int length;

    public readonly ReadOnlySpan<byte> Written => buffer[..length];

    /// <summary>Was there something that did not fit?</summary>
    public bool IsCut { get; private set; }

    /// <summary>Appends a sentence: <c>text.Append($"{sent} sent, {lost} lost")</c>. In the holes
    /// are whole numbers, u8 texts, and what knows how it is written (<see cref="IAppendable"/>).
    /// </summary>
    public void Append(
        [InterpolatedStringHandlerArgument("")] scoped TextInterpolation sentence)
    {
        length = sentence.Text.length;
        IsCut = sentence.Text.IsCut;
    }

    public void Append(scoped ReadOnlySpan<byte> text)
    {
        int fitting = Math.Min(text.Length, buffer.Length - length);
        text[..fitting].CopyTo(buffer[length..]);
        length += fitting;
        IsCut |= fitting < text.Length;
    }

    public void Append(long number)
    {
        if (Utf8Formatter.TryFormat(number, buffer[length..], out int written)) length += written;
        else IsCut = true;
    }

    /// <summary>Appends what knows how it is written.</summary>
    public void Append<T>(T value)
        where T : IAppendable, allows ref struct => value.AppendTo(ref this);

    /// <summary>Appends the literal of a sentence, which is ASCII.</summary>
    public void AppendAscii(string text)
    {
        int fitting = Math.Min(text.Length, buffer.Length - length);
        for (int i = 0; i < fitting; i++)
        {
            Debug.Assert(char.IsAscii(text[i]));
            buffer[length + i] = (byte)text[i];
        }
        length += fitting;
        IsCut |= fitting < text.Length;
    }

    public void AppendSpaces(int count)
    {
        for (int i = 0; i < count; i++) Append(" "u8);
    }

    /// <summary>Makes a column of what was appended last, from <paramref name="start"/> in
    /// <see cref="Written"/>: spaces before it up to <paramref name="width"/>, or, if that is
    /// negative, behind it.</summary>
    public void Align(int start, int width)
    {
        int missing = Math.Abs(width) - (length - start);
        if (missing <= 0) return;
        int end = length;
        AppendSpaces(missing);
        if (width < 0 || IsCut) return;
        buffer[start..end].CopyTo(buffer[(start + missing)..]);
        buffer.Slice(start, missing).Fill((byte)' ');
    }
}
