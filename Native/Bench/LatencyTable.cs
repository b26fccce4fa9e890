// The latencies of a load as a table: least, mean, percentiles, most, in milliseconds.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Epollecho.Native.Output;

namespace Epollecho.Native.Bench;

internal static class LatencyTable
{
    /// <summary>Of the words at the beginning of the report's lines.</summary>
    public const int LabelWidth = 14;

    private const int NumberWidth = 12;
    private const int NsPerUs = 1000;

    /// <summary>The percentiles of the report, in hundredths of a per cent.</summary>
    public static ReadOnlySpan<int> Percentiles =>
        [5000, 7500, 9000, 9500, 9900, 9990, 9999];

    /// <summary>With <paramref name="isOpen"/> those from the plan stand beside them.</summary>
    public static void Append(ref TextBuilder text, bool isOpen, in Tally tally)
    {
        Columns.AppendLeft(ref text, "latency in ms"u8, LabelWidth);
        text.Append(isOpen ? "   from send   from plan\n"u8 : "   from send\n"u8);
        AppendPair(ref text, "min"u8, isOpen, tally.Latency.Min, tally.Corrected.Min);
        AppendPair(ref text, "mean"u8, isOpen,
            (long)tally.Latency.Mean, (long)tally.Corrected.Mean);
        AppendPair(ref text, "deviation"u8, isOpen,
            (long)tally.Latency.StandardDeviation, (long)tally.Corrected.StandardDeviation);
        Span<byte> buffer = stackalloc byte[LabelWidth];
        foreach (int percentile in Percentiles)
        {
            TextBuilder label = new(buffer);
            label.Append("p"u8);
            AppendPercentile(ref label, percentile);
            AppendPair(ref text, label.Written, isOpen,
                tally.Latency.ValueAtPercentile(percentile / 100.0),
                tally.Corrected.ValueAtPercentile(percentile / 100.0));
        }
        AppendPair(ref text, "max"u8, isOpen, tally.Latency.Max, tally.Corrected.Max);
    }

    /// <summary>Appends hundredths of a per cent without needless zeros: 99, 99.9, 99.99.
    /// </summary>
    public static void AppendPercentile(ref TextBuilder text, int hundredths)
    {
        text.Append(hundredths / 100);
        int rest = hundredths % 100;
        if (rest == 0) return;
        text.Append("."u8);
        text.Append(rest % 10 == 0 ? rest / 10 : rest);
    }

    private static void AppendPair(
        ref TextBuilder text, scoped ReadOnlySpan<byte> label, bool isOpen, long ns,
        long correctedNs)
    {
        text.Append("  "u8);
        Columns.AppendLeft(ref text, label, LabelWidth - 2);
        Columns.AppendThousandths(ref text, ns / NsPerUs, NumberWidth);
        if (isOpen) Columns.AppendThousandths(ref text, correctedNs / NsPerUs, NumberWidth);
        text.Append("\n"u8);
    }
}
