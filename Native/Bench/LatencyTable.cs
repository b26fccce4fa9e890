// The latencies of a load as a table: least, mean, mean deviation, percentiles, greatest, in
// milliseconds; with a rate those from plan stand beside those from send.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Load;

namespace Epollecho.Native.Bench;

internal static class LatencyTable
{
    public static void Append(ref TextBuilder text, bool hasPlan, in Tally tally)
    {
        ref readonly Histogram send = ref tally.LatencyFromSend;
        ref readonly Histogram plan = ref tally.LatencyFromPlan;
        text.Append(hasPlan
            ? "latency in ms    from send   from plan\n"u8 : "latency in ms    from send\n"u8);
        AppendRow(ref text, "min"u8, hasPlan, send.Min, plan.Min);
        AppendRow(ref text, "mean"u8, hasPlan, (long)send.Mean, (long)plan.Mean);
        AppendRow(ref text, "mdev"u8, hasPlan,
            (long)send.StandardDeviation, (long)plan.StandardDeviation);
        Span<byte> buffer = stackalloc byte[16];
        foreach (int percentile in Times.Percentiles)
        {
            TextBuilder label = new(buffer);
            label.Append(new PercentileLabel(percentile));
            AppendRow(ref text, label.Written, hasPlan,
                Times.ValueAt(send, percentile), Times.ValueAt(plan, percentile));
        }
        AppendRow(ref text, "max"u8, hasPlan, send.Max, plan.Max);
    }

    /// <summary>Two values of the histograms, which count nanoseconds.</summary>
    private static void AppendRow(
        ref TextBuilder text, scoped ReadOnlySpan<byte> label, bool hasPlan, long fromSend,
        long fromPlan)
    {
        text.Append($"  {label,-12}{Duration.FromNanoseconds(fromSend).InMilliseconds,12}");
        if (hasPlan) text.Append($"{Duration.FromNanoseconds(fromPlan).InMilliseconds,12}");
        text.Append("\n"u8);
    }
}
