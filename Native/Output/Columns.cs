// Text and numbers in columns of a fixed width; what is wider than its column moves the rest.
using System;
using Epollecho.Native.Base;

namespace Epollecho.Native.Output;

internal static class Columns
{
    private const int MaxDigits = 32;

    public static void AppendLeft(
        ref TextBuilder text, scoped ReadOnlySpan<byte> word, int width)
    {
        text.Append(word);
        AppendSpaces(ref text, width - word.Length);
    }

    public static void AppendRight(ref TextBuilder text, long number, int width)
    {
        Span<byte> buffer = stackalloc byte[MaxDigits];
        TextBuilder digits = new(buffer);
        digits.Append(number);
        AppendSpaces(ref text, width - digits.Written.Length);
        text.Append(digits.Written);
    }

    /// <summary>A number divided by 1000, with three decimals.</summary>
    public static void AppendThousandths(ref TextBuilder text, long number, int width) =>
        AppendDecimal(ref text, number, 3, width);

    /// <summary>A number divided by 10 to the power of <paramref name="decimals"/>, with as many.
    /// </summary>
    public static void AppendDecimal(ref TextBuilder text, long number, int decimals, int width)
    {
        Span<byte> buffer = stackalloc byte[MaxDigits];
        TextBuilder digits = new(buffer);
        digits.AppendDecimal(number, decimals);
        AppendSpaces(ref text, width - digits.Written.Length);
        text.Append(digits.Written);
    }

    private static void AppendSpaces(ref TextBuilder text, int count)
    {
        for (int i = 0; i < count; i++) text.Append(" "u8);
    }
}
