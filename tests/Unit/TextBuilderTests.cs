using System;
using System.Text;
using Epollecho.Native.Base;
using Epollecho.Native.Output;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed class TextBuilderTests
{
    [Fact]
    public void Puts_a_line_together()
    {
        Span<byte> buffer = stackalloc byte[64];
        TextBuilder text = new(buffer);
        text.Append("x"u8);
        text.AppendField("n"u8, -5);
        text.AppendField("m"u8, long.MaxValue);
        Assert.Equal("x n=-5 m=9223372036854775807", Encoding.UTF8.GetString(text.Written));
    }

    [Theory]
    [InlineData(0, "0.000 s")]
    [InlineData(1_999_999, "0.001 s")]
    [InlineData(45_000_000, "0.045 s")]
    [InlineData(12_345_000_000, "12.345 s")]
    public void Prints_nanoseconds_as_seconds(long ns, string expected)
    {
        Span<byte> buffer = stackalloc byte[64];
        TextBuilder text = new(buffer);
        text.AppendSeconds(ns);
        Assert.Equal(expected, Encoding.UTF8.GetString(text.Written));
    }

    [Theory]
    [InlineData(0, "0.000000")]
    [InlineData(1_000, "0.000001")]
    [InlineData(999_999_999, "0.999999")]
    [InlineData(12_034_005_678, "12.034005")]
    public void Prints_nanoseconds_with_microseconds(long ns, string expected)
    {
        Span<byte> buffer = stackalloc byte[64];
        TextBuilder text = new(buffer);
        text.Append(Duration.FromNanoseconds(ns).InSecondsToMicroseconds);
        Assert.Equal(expected, Encoding.UTF8.GetString(text.Written));
    }

    [Theory]
    [InlineData(0, "0x0")]
    [InlineData(0x2001, "0x2001")]
    [InlineData(0xDEADBEEF, "0xdeadbeef")]
    public void Prints_hexadecimal_numbers(uint number, string expected)
    {
        Span<byte> buffer = stackalloc byte[64];
        TextBuilder text = new(buffer);
        text.AppendHexadecimal(number);
        Assert.Equal(expected, Encoding.UTF8.GetString(text.Written));
    }

    [Theory]
    [InlineData(0, "0x0")]
    [InlineData(1, "EPOLLIN")]
    [InlineData(0x2005, "EPOLLIN|EPOLLOUT|EPOLLRDHUP")]
    [InlineData(unchecked((int)0x80000001), "EPOLLIN|EPOLLET")]
    [InlineData(0x18, "EPOLLERR|EPOLLHUP")]
    [InlineData(0x101, "EPOLLIN|0x100")]
    public void Names_the_events_of_a_mask(int events, string expected)
    {
        Span<byte> buffer = stackalloc byte[128];
        TextBuilder text = new(buffer);
        text.Append(new EventNames(events));
        Assert.Equal(expected, Encoding.UTF8.GetString(text.Written));
    }

    [Fact]
    public void Escapes_bytes_as_C_does()
    {
        Span<byte> buffer = stackalloc byte[128];
        TextBuilder text = new(buffer);
        text.AppendEscaped([(byte)'a', (byte)'"', (byte)'\\', 10, 13, 9, 0, 0x7F, 0xFF]);
        Assert.Equal("a\\\"\\\\\\n\\r\\t\\x00\\x7f\\xff", Encoding.UTF8.GetString(text.Written));
    }

    [Fact]
    public void Names_and_explains_an_errno()
    {
        Span<byte> buffer = stackalloc byte[64];
        TextBuilder text = new(buffer);
        text.AppendErrno(Tmds.Linux.LibC.EADDRINUSE);
        Assert.Equal("Address already in use (EADDRINUSE)", Encoding.UTF8.GetString(text.Written));
    }

    [Fact]
    public void Cuts_off_what_does_not_fit()
    {
        Span<byte> buffer = stackalloc byte[4];
        TextBuilder text = new(buffer);
        text.Append("abc"u8);
        text.Append("def"u8);
        text.Append(12);
        text.Append("ghi"u8);
        Assert.Equal("abcd", Encoding.UTF8.GetString(text.Written));
    }

    [Fact]
    public void Sentences_have_numbers_texts_and_columns_in_their_holes()
    {
        Span<byte> buffer = stackalloc byte[200];
        TextBuilder text = new(buffer);
        int lost = 2;
        text.Append($"{12L} sent, {lost} lost: {"why"u8}, {new Counted(1, "byte"u8)}, ");
        text.Append($"{new Counted(lost, "byte"u8)}|{7,4}|{7,-4}|{"ab"u8,4}|{"ab"u8,-4}|{"abc"u8,2}|");
        text.Append($"{new FixedPoint(1250, 3),8}|{new Hexadecimal(0x2001)}|{new ErrnoText(11)}");
        Assert.False(text.IsCut);
        Assert.Equal(
            "12 sent, 2 lost: why, 1 byte, 2 bytes|   7|7   |  ab|ab  |abc|   1.250|0x2001|"
                + "Resource temporarily unavailable (EAGAIN)",
            Encoding.UTF8.GetString(text.Written));
    }

    [Fact]
    public void What_does_not_fit_is_cut_off_and_the_text_knows()
    {
        Span<byte> buffer = stackalloc byte[8];
        TextBuilder text = new(buffer);
        text.Append($"1234567{8}");
        Assert.False(text.IsCut);
        text.Append($"{9,-3}");
        Assert.True(text.IsCut);
        Assert.Equal("12345678", Encoding.UTF8.GetString(text.Written));
    }
}
