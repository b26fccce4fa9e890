// Numbers as people write them in options: decimal integers, sizes (64k), durations (500ms).
// Strict: the whole text must be the number, and it must be within bounds.
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

    /// <summary>Milliseconds; the unit is ms, s (also when none is given) or m, and there may be
    /// decimals (0.2). A part of a millisecond counts as a whole one, for 0 may mean something
    /// else: no wait, or no limit.</summary>
    public static bool TryParseDuration(
        ReadOnlySpan<byte> text, long minimumMs, long maximumMs, out long ms)
    {
        const long most = long.MaxValue / 60_000 / 1000;
        if (!TryParseScaled(text, 0, most, out ms, out ReadOnlySpan<byte> unit)) return false;
        if (!TryTakeDecimals(ref unit, out long billionths)) return false;
        long factor =
            unit.IsEmpty || unit.SequenceEqual("s"u8) ? 1000
            : unit.SequenceEqual("ms"u8) ? 1
            : unit.SequenceEqual("m"u8) ? 60_000
            : 0;
        ms = (ms * factor) + (((billionths * factor) + Billion - 1) / Billion);
        return factor != 0 && ms >= minimumMs && ms <= maximumMs;
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
