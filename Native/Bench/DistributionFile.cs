// A histogram as HdrHistogram's percentile distribution, which its plotter draws: values in
// milliseconds at percentiles that come closer to 100 by halves.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;

namespace Epollecho.Native.Bench;

internal static class DistributionFile
{
    private const int TicksPerHalf = 5;

    /// <summary>Room for the text: 64 halves at the most, of 5 lines of 60 bytes.</summary>
    private const int MaxBytes = 32 * 1024;

    /// <summary>Writes it into a file. 0, or -errno.</summary>
    public static int Write(int fd, in Histogram histogram)
    {
        Span<byte> buffer = stackalloc byte[MaxBytes];
        TextBuilder text = new(buffer);
        Append(ref text, histogram);
        return Files.WriteAll(fd, text.Written);
    }

    public static void Append(ref TextBuilder text, in Histogram histogram)
    {
        text.Append("       Value     Percentile TotalCount 1/(1-Percentile)\n\n"u8);
        long seen = 0;
        double level = 0; // the share of values, 0 to 1, that the next line is for
        foreach (Histogram.Bucket bucket in histogram)
        {
            seen += bucket.Count;
            double share = (double)seen / histogram.Count;
            while (level <= share && level < 1)
            {
                AppendLine(ref text, bucket.Value, level, seen);
                level = NextLevel(level, histogram.Count);
            }
        }
        if (histogram.Count > 0) AppendLine(ref text, histogram.Max, 1, histogram.Count);
        AppendSummary(ref text, histogram);
    }

    private static void AppendSummary(ref TextBuilder text, in Histogram histogram)
    {
        Duration mean = Duration.FromNanoseconds((long)histogram.Mean);
        Duration deviation = Duration.FromNanoseconds((long)histogram.StandardDeviation);
        Duration max = Duration.FromNanoseconds(histogram.Max);
        int buckets = Histogram.DoublingCount;
        int parts = Histogram.SubBucketCount;
        text.Append($"#[Mean    = {mean.InMilliseconds,12}");
        text.Append($", StdDeviation   = {deviation.InMilliseconds,12}]\n");
        text.Append($"#[Max     = {max.InMilliseconds,12}");
        text.Append($", Total count    = {histogram.Count,12}]\n");
        text.Append($"#[Buckets = {buckets,12}, SubBuckets     = {parts,12}]\n");
    }

    /// <summary>Five steps to the half of what is left to 1, then five to the half of that; 1
    /// when less than one value is left.</summary>
    private static double NextLevel(double level, long count)
    {
        double half = 1;
        while (half > 1 - level) half /= 2;
        double next = level + (half / 2 / TicksPerHalf);
        return (1 - next) * count < 0.5 ? 1 : next;
    }

    private static void AppendLine(ref TextBuilder text, long value, double level, long seen)
    {
        const double one = 1e12; // of the twelve decimals of a level
        Duration latency = Duration.FromNanoseconds(value);
        FixedPoint share = new((long)Math.Round(level * one), 12);
        text.Append($"{latency.InMilliseconds,12} {share} {seen,10}");
        if (level < 1)
        {
            FixedPoint inverse = new((long)Math.Round(100 / (1 - level)), 2);
            text.Append($" {inverse,14}");
        }
        text.Append("\n"u8);
    }
}
