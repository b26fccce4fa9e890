using System.Text;
using Epollecho.Native.Base;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("7080", 7080)]
    [InlineData("65535", 65535)]
    public void Reads_whole_numbers(string text, long expected)
    {
        Assert.True(Quantity.TryParseInteger(Utf8(text), 0, 65535, out long value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("+1")]
    [InlineData("-1")]
    [InlineData("0x10")]
    [InlineData("1.5")]
    [InlineData("65536")]
    [InlineData("99999999999999999999")]
    [InlineData("1k")]
    [InlineData("abc")]
    public void Refuses_what_is_no_number_within_bounds(string text) =>
        Assert.False(Quantity.TryParseInteger(Utf8(text), 0, 65535, out _));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("512", 512)]
    [InlineData("64k", 64 << 10)]
    [InlineData("64K", 64 << 10)]
    [InlineData("3M", 3 << 20)]
    [InlineData("2g", 2L << 30)]
    public void Reads_sizes_in_powers_of_1024(string text, long expected)
    {
        Assert.True(Quantity.TryParseSize(Utf8(text), 0, 1L << 40, out long bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("k")]
    [InlineData("1kb")]
    [InlineData("1T")]
    [InlineData("1.5M")]
    [InlineData("2000G")]
    [InlineData("9223372036854775807G")]
    public void Refuses_what_is_no_size_within_bounds(string text) =>
        Assert.False(Quantity.TryParseSize(Utf8(text), 0, 1L << 40, out _));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("5", 5000)]
    [InlineData("5s", 5000)]
    [InlineData("250ms", 250)]
    [InlineData("2m", 120_000)]
    [InlineData("0.2", 200)]
    [InlineData("1.5m", 90_000)]
    [InlineData("0.0019s", 2)]
    [InlineData("7.9ms", 8)]
    [InlineData("7.0ms", 7)]
    [InlineData("0.0001", 1)]
    [InlineData("0.00000000000001", 1)]
    [InlineData("0.000000000000", 0)]
    [InlineData("0.0001m", 6)]
    public void Reads_durations_in_milliseconds(string text, long expected)
    {
        Assert.True(Quantity.TryParseDuration(
            Utf8(text), Duration.Zero, Duration.FromSeconds(1000), out Duration duration));
        Assert.Equal(Duration.FromMilliseconds(expected), duration);
    }

    [Theory]
    [InlineData("s")]
    [InlineData("5h")]
    [InlineData("5 s")]
    [InlineData("5.")]
    [InlineData(".5")]
    [InlineData("0.1.2")]
    [InlineData("1001")]
    [InlineData("9223372036854775807m")]
    public void Refuses_what_is_no_duration_within_bounds(string text) =>
        Assert.False(Quantity.TryParseDuration(
            Utf8(text), Duration.Zero, Duration.FromSeconds(1000), out _));

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("9223372036854775807ms")]
    [InlineData("9223372036854ms")]
    [InlineData("9223372037s")]
    [InlineData("153722868m")]
    public void Refuses_durations_that_no_clock_can_count(string text) =>
        Assert.False(Quantity.TryParseDuration(
            Utf8(text), Duration.Zero, Duration.Forever, out _));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1")]
    [InlineData(1000, "1000")]
    [InlineData(1024, "1k")]
    [InlineData(1536, "1536")]
    [InlineData(100 << 10, "100k")]
    [InlineData(16 << 20, "16M")]
    [InlineData(3L << 30, "3G")]
    [InlineData(1L << 40, "1024G")]
    public void Writes_sizes_as_it_reads_them(long bytes, string expected)
    {
        TextBuilder text = new(new byte[64]);
        text.Append(new SizeText(bytes));
        Assert.Equal(expected, Encoding.UTF8.GetString(text.Written));
        Assert.True(Quantity.TryParseSize(text.Written, 0, long.MaxValue, out long again));
        Assert.Equal(bytes, again);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1ms")]
    [InlineData(1200, "1200ms")]
    [InlineData(5000, "5s")]
    [InlineData(90_000, "90s")]
    [InlineData(60_000, "1m")]
    [InlineData(86_400_000, "1440m")]
    public void Writes_durations_as_it_reads_them(long ms, string expected)
    {
        TextBuilder text = new(new byte[64]);
        text.Append(new DurationText(Duration.FromMilliseconds(ms)));
        Assert.Equal(expected, Encoding.UTF8.GetString(text.Written));
        Assert.True(Quantity.TryParseDuration(
            text.Written, Duration.Zero, Duration.Forever, out Duration again));
        Assert.Equal(ms, again.Milliseconds);
    }

    [Theory]
    [InlineData("1", true, true)]
    [InlineData("yes", true, true)]
    [InlineData("off", true, false)]
    [InlineData("0", true, false)]
    [InlineData("maybe", false, false)]
    [InlineData("", false, false)]
    public void Reads_switches(string text, bool valid, bool expected)
    {
        Assert.Equal(valid, Quantity.TryParseSwitch(Utf8(text), out bool on));
        Assert.Equal(expected, on);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
