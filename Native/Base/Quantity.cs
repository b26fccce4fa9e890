// Numbers as people write them in options: decimal integers, sizes (64k), durations (500ms), read
// and written. Reading is strict: the whole text must be the number, and it must be within bounds.
using System;
using System.Buffers.Text;

namespace Epollecho.Native.Base;

internal static class Quantity
{
    private const long Billion = 1_000_000_000;

    public static bool TryParseInteger(
        ReadOnlySpan<byte> text, long minimum, long maximum, out long value) =>
        TryParseScaled(text, minimum, maximum, out value, out ReadOnlySpan<byte> unit)
        && unit.IsEmpty;

    /// <summary>Bytes, with k, M or G (either case) for 1024, 1024^2, 1024^3.</summary>
    public static bool TryParseSize(
        ReadOnlySpan<byte> text, long minimum, long maximum, out long bytes)
    {
        if (!TryParseScaled(text, 0, long.MaxValue, out bytes, out ReadOnlySpan<byte> unit))
            return false;
        if (unit.Length > 1) return false;
        int shift = unit.IsEmpty ? 0 : (unit[0] | 0x20) switch
        {
            'k' => 10,
            'm' => 20,
            'g' => 30,
            _ => -1,
        };
        if (shift < 0 || bytes > long.MaxValue >> shift) return false;
        bytes <<= shift;
        return bytes >= minimum && bytes <= maximum;
    }

    /// <summary>A time; the unit is ms, s (also when none is given) or m, and there may be
    /// decimals (0.2). A part of a millisecond counts as a whole one, for 0 may mean something
    /// else: no wait, or no limit.</summary>
    public static bool TryParseDuration(
        ReadOnlySpan<byte> text, Duration minimum, Duration maximum, out Duration duration)
    {
        const long mostMs = long.MaxValue / 1_000_000;
        duration = default;
        if (!TryParseScaled(text, 0, long.MaxValue, out long whole, out ReadOnlySpan<byte> unit)
            || !TryTakeDecimals(ref unit, out long billionths)) return false;
        long unitMs =
            unit.IsEmpty || unit.SequenceEqual("s"u8) ? 1000
            : unit.SequenceEqual("ms"u8) ? 1
            : unit.SequenceEqual("m"u8) ? 60_000
            : 0;
        if (unitMs == 0 || whole >= mostMs / unitMs) return false;
        duration = Duration.FromMilliseconds(
            (whole * unitMs) + (((billionths * unitMs) + Billion - 1) / Billion));
        return duration >= minimum && duration <= maximum;
    }

    /// <summary>Takes a point and digits from the beginning, if they are there; less than a
    /// billionth counts as one.</summary>
    private static bool TryTakeDecimals(ref ReadOnlySpan<byte> text, out long billionths)
    {
        billionths = 0;
        if (text.IsEmpty || text[0] != '.') return true;
        int end = 1;
        long weight = Billion / 10;
        bool hasMore = false;
        for (; end < text.Length && text[end] is >= (byte)'0' and <= (byte)'9'; end++)
        {
            billionths += (text[end] - '0') * weight;
            hasMore |= weight == 0 && text[end] != '0';
            weight /= 10;
        }
        if (hasMore) billionths++;
        text = text[end..];
        return end > 1;
    }

    /// <summary>yes, true, on, 1, or no, false, off, 0.</summary>
    public static bool TryParseSwitch(ReadOnlySpan<byte> text, out bool on)
    {
        on = text.SequenceEqual("1"u8) || text.SequenceEqual("yes"u8)
            || text.SequenceEqual("true"u8) || text.SequenceEqual("on"u8);
        return on || text.SequenceEqual("0"u8) || text.SequenceEqual("no"u8)
            || text.SequenceEqual("false"u8) || text.SequenceEqual("off"u8);
    }

    private static bool TryParseScaled(
        ReadOnlySpan<byte> text, long minimum, long maximum, out long value,
        out ReadOnlySpan<byte> unit)
    {
        unit = default;
        value = 0;
        // Utf8Parser takes a sign, and stops at what is no digit.
        if (text.IsEmpty || text[0] is < (byte)'0' or > (byte)'9') return false;
        if (!Utf8Parser.TryParse(text, out value, out int digits)) return false;
        unit = text[digits..];
        return value >= minimum && value <= maximum;
    }
}

/// <summary>Bytes as <see cref="Quantity.TryParseSize"/> reads them, with the largest unit that
/// leaves a whole number: "64k".</summary>
internal readonly struct SizeText(long bytes) : IAppendable
{
    public void AppendTo(ref TextBuilder text)
    {
        int units = 0;
        long count = bytes;
        for (; units < 3 && count > 0 && count % 1024 == 0; units++) count /= 1024;
        text.Append(count);
        text.Append("kMG"u8.Slice(int.Max(0, units - 1), int.Min(1, units)));
    }
}

/// <summary>A time in whole milliseconds as <see cref="Quantity.TryParseDuration"/> reads it,
/// with the largest unit that leaves a whole number: "90m", "5s", "1200ms"; "0".</summary>
internal readonly struct DurationText(Duration duration) : IAppendable
{
    public void AppendTo(ref TextBuilder text)
    {
        long ms = duration.Milliseconds;
        if (ms == 0) text.Append("0"u8);
        else if (ms % 60_000 == 0) text.Append($"{ms / 60_000}m");
        else if (ms % 1000 == 0) text.Append($"{ms / 1000}s");
        else text.Append($"{ms}ms");
    }
}
