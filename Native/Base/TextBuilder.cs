// UTF-8 text put together in a buffer of the caller's, as sentences with holes in them or piece by
// piece: no string, no allocation. What does not fit is cut off, and IsCut says so; the buffer is
// the limit.
using System;
using System.Buffers.Text;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Epollecho.Interop;

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

    /// <summary>Appends host:port, an IPv6 host in brackets (RFC 3986, 3.2.2).</summary>
    public void Append(in SocketAddress address)
    {
        Span<byte> host = stackalloc byte[SocketAddress.MaxHostLength];
        host = host[..address.FormatHost(host)];
        bool brackets = address.IsIpv6 && !address.IsMappedIpv4;
        if (brackets) Append("["u8);
        Append(host);
        Append(brackets ? "]:"u8 : ":"u8);
        Append(address.Port);
    }

    /// <summary>Appends a reason: "Address already in use (EADDRINUSE)".</summary>
    public void AppendErrno(int errno)
    {
        Append(Errno.Description(errno));
        Append(" ("u8);
        Append(Errno.Name(errno));
        Append(")"u8);
    }

    /// <summary>Appends nanoseconds as seconds with a resolution of a millisecond: "1.250 s".
    /// </summary>
    public void AppendSeconds(long ns)
    {
        const int nsPerMs = 1_000_000;
        AppendThousandths(ns / nsPerMs);
        Append(" s"u8);
    }

    /// <summary>Appends a number divided by 1000, with three decimals: 1250 as "1.250".</summary>
    public void AppendThousandths(long number) => AppendDecimal(number, 3);

    /// <summary>Appends a number, not below 0, divided by 10 to the power of
    /// <paramref name="decimals"/> (1 to 18), with as many decimals.</summary>
    public void AppendDecimal(long number, int decimals)
    {
        long one = 10;
        for (int i = 1; i < decimals; i++) one *= 10;
        Append(number / one);
        Append("."u8);
        for (long limit = one / 10; limit > 1 && number % one < limit; limit /= 10)
            Append("0"u8);
        Append(number % one);
    }

    /// <summary>Appends a number as 0x and hexadecimal digits: "0x2001".</summary>
    public void AppendHexadecimal(uint number)
    {
        Append("0x"u8);
        if (Utf8Formatter.TryFormat(number, buffer[length..], out int written, new('x')))
            length += written;
    }

    /// <summary>Appends bytes as a C string literal has them: printable ASCII as it is, the rest
    /// as \n, \r, \t, \\, \" or \xHH.</summary>
    public void AppendEscaped(scoped ReadOnlySpan<byte> bytes)
    {
        foreach (byte one in bytes)
        {
            switch (one)
            {
                case (byte)'\n':
                    Append("\\n"u8);
                    break;
                case (byte)'\r':
                    Append("\\r"u8);
                    break;
                case (byte)'\t':
                    Append("\\t"u8);
                    break;
                case (byte)'\\':
                    Append("\\\\"u8);
                    break;
                case (byte)'"':
                    Append("\\\""u8);
                    break;
                case >= (byte)' ' and <= (byte)'~':
                    Append([one]);
                    break;
                default:
                    Append("\\x"u8);
                    Append([HexadecimalDigit(one >> 4), HexadecimalDigit(one & 0xF)]);
                    break;
            }
        }
    }

    /// <summary>Appends text as a JSON string (RFC 8259, 7), in quotation marks.</summary>
    public void AppendJsonString(scoped ReadOnlySpan<byte> utf8)
    {
        Append("\""u8);
        foreach (byte one in utf8)
        {
            if (one < ' ')
            {
                Append("\\u00"u8);
                Append([HexadecimalDigit(one >> 4), HexadecimalDigit(one & 0xF)]);
                continue;
            }
            if (one is (byte)'"' or (byte)'\\') Append("\\"u8);
            Append([one]);
        }
        Append("\""u8);
    }

    /// <summary>Appends a member of a JSON object, "name":number, the name being plain ASCII.
    /// </summary>
    public void AppendJsonNumber(scoped ReadOnlySpan<byte> name, long number)
    {
        Append("\""u8);
        Append(name);
        Append("\":"u8);
        Append(number);
    }

    /// <summary>Appends " name=number", as in a line of statistics.</summary>
    public void AppendField(scoped ReadOnlySpan<byte> name, long number)
    {
        Append(" "u8);
        Append(name);
        Append("="u8);
        Append(number);
    }

    private static byte HexadecimalDigit(int value) => "0123456789abcdef"u8[value];
}
