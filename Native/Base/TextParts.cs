// What a sentence is made of besides words and whole numbers, each knowing how it is written.
using System;
using System.Buffers.Text;
using Epollecho.Interop;

namespace Epollecho.Native.Base;

/// <summary>Something that can be written into a text, and stand in its holes.</summary>
internal interface IAppendable
{
    void AppendTo(ref TextBuilder text);
}

/// <summary>A number divided by a power of ten, with as many decimals: 1250 with three is "1.250".
/// </summary>
/// <param name="units">Not below 0.</param>
/// <param name="decimals">1 to 18.</param>
internal readonly struct FixedPoint(long units, int decimals) : IAppendable
{
    public void AppendTo(ref TextBuilder text)
    {
        long one = 10;
        for (int i = 1; i < decimals; i++) one *= 10;
        text.Append(units / one);
        text.Append("."u8);
        for (long limit = one / 10; limit > 1 && units % one < limit; limit /= 10)
            text.Append("0"u8);
        text.Append(units % one);
    }
}

/// <summary>A number as 0x and hexadecimal digits: "0x2001".</summary>
internal readonly struct Hexadecimal(uint number) : IAppendable
{
    public void AppendTo(ref TextBuilder text)
    {
        Span<byte> digits = stackalloc byte[8];
        _ = Utf8Formatter.TryFormat(number, digits, out int length, new('x')); // they fit
        text.Append("0x"u8);
        text.Append(digits[..length]);
    }
}

/// <summary>A number of things: "1 byte", "2 bytes".</summary>
internal readonly ref struct Counted(long count, ReadOnlySpan<byte> noun) : IAppendable
{
    private readonly ReadOnlySpan<byte> noun = noun;

    public void AppendTo(ref TextBuilder text)
    {
        text.Append(count);
        text.Append(" "u8);
        text.Append(noun);
        if (count != 1) text.Append("s"u8);
    }
}

/// <summary>The reason of a failure: "Address already in use (EADDRINUSE)".</summary>
internal readonly struct ErrnoText(int errno) : IAppendable
{
    public void AppendTo(ref TextBuilder text)
    {
        text.Append(Errno.Description(errno));
        text.Append(" ("u8);
        text.Append(Errno.Name(errno));
        text.Append(")"u8);
    }
}

/// <summary>Bytes as a C string literal has them: printable ASCII as it is, the rest as \n, \r,
/// \t, \\, \" or \xHH.</summary>
internal readonly ref struct Escaped(ReadOnlySpan<byte> bytes) : IAppendable
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    public void AppendTo(ref TextBuilder text)
    {
        foreach (byte one in bytes)
        {
            switch (one)
            {
                case (byte)'\n':
                    text.Append("\\n"u8);
                    break;
                case (byte)'\r':
                    text.Append("\\r"u8);
                    break;
                case (byte)'\t':
                    text.Append("\\t"u8);
                    break;
                case (byte)'\\':
                    text.Append("\\\\"u8);
                    break;
                case (byte)'"':
                    text.Append("\\\""u8);
                    break;
                case >= (byte)' ' and <= (byte)'~':
                    text.Append([one]);
                    break;
                default:
                    ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
                    text.Append("\\x"u8);
                    text.Append([digits[one >> 4], digits[one & 0xF]]);
                    break;
            }
        }
    }
}
