// Numbers as people write them in options: decimal integers, sizes (64k), durations (500ms).
// Strict: the whole text must be the number, and it must be within bounds.
using System;
using System.Buffers.Text;

namespace Epollecho.Native.Options;

internal static class Quantity
{
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

    /// <summary>Milliseconds; the unit is ms, s (also when none is given) or m.</summary>
    public static bool TryParseDuration(
        ReadOnlySpan<byte> text, long minimumMs, long maximumMs, out long ms)
    {
        if (!TryParseScaled(text, 0, long.MaxValue, out ms, out ReadOnlySpan<byte> unit))
            return false;
        long factor =
            unit.IsEmpty || unit.SequenceEqual("s"u8) ? 1000
            : unit.SequenceEqual("ms"u8) ? 1
            : unit.SequenceEqual("m"u8) ? 60_000
            : 0;
        if (factor == 0 || ms > long.MaxValue / factor) return false;
        ms *= factor;
        return ms >= minimumMs && ms <= maximumMs;
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
