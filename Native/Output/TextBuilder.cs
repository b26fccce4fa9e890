// A line of UTF-8 text put together in a buffer of the caller's: no string, no allocation.
// What does not fit is cut off; the buffer is the limit.
using System;
using System.Buffers.Text;
using Epollecho.Interop;

namespace Epollecho.Native.Output;

internal ref struct TextBuilder(Span<byte> buffer)
{
    private readonly Span<byte> buffer = buffer;
    private int length;

    public readonly ReadOnlySpan<byte> Written => buffer[..length];

    public void Append(scoped ReadOnlySpan<byte> text)
    {
        int fitting = Math.Min(text.Length, buffer.Length - length);
        text[..fitting].CopyTo(buffer[length..]);
        length += fitting;
    }

    public void Append(long number)
    {
        if (Utf8Formatter.TryFormat(number, buffer[length..], out int written)) length += written;
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
        long ms = ns / nsPerMs;
        Append(ms / 1000);
        Append("."u8);
        int fraction = (int)(ms % 1000);
        if (fraction < 100) Append("0"u8);
        if (fraction < 10) Append("0"u8);
        Append(fraction);
        Append(" s"u8);
    }

    /// <summary>Appends " name=number", as in a line of statistics.</summary>
    public void AppendField(scoped ReadOnlySpan<byte> name, long number)
    {
        Append(" "u8);
        Append(name);
        Append("="u8);
        Append(number);
    }
}
