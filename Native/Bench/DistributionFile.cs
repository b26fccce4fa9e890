// A histogram as HdrHistogram's percentile distribution, which its plotter draws: values in
// milliseconds at percentiles that come closer to 100 by halves.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Output;

namespace Epollecho.Native.Bench;

internal static class DistributionFile
{
    private const int TicksPerHalf = 5;
    private const int NsPerUs = 1000;

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
        text.Append("#[Mean    = "u8);
        Columns.AppendThousandths(ref text, (long)histogram.Mean / NsPerUs, 12);
        text.Append(", StdDeviation   = "u8);
        Columns.AppendThousandths(ref text, (long)histogram.StandardDeviation / NsPerUs, 12);
        text.Append("]\n#[Max     = "u8);
        Columns.AppendThousandths(ref text, histogram.Max / NsPerUs, 12);
        text.Append(", Total count    = "u8);
        Columns.AppendRight(ref text, histogram.Count, 12);
        text.Append("]\n#[Buckets = "u8);
        Columns.AppendRight(ref text, Histogram.DoublingCount, 12);
        text.Append(", SubBuckets     = "u8);
        Columns.AppendRight(ref text, Histogram.SubBucketCount, 12);
        text.Append("]\n"u8);
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

    private static void AppendLine(ref TextBuilder text, long ns, double level, long seen)
    {
        const int decimals = 12;
        const double parts = 1e12;
        Columns.AppendThousandths(ref text, ns / NsPerUs, 12);
        text.Append(" "u8);
        text.AppendDecimal((long)Math.Round(level * parts), decimals);
        text.Append(" "u8);
        Columns.AppendRight(ref text, seen, 10);
        if (level < 1)
        {
            text.Append(" "u8);
            Columns.AppendDecimal(ref text, (long)Math.Round(100 / (1 - level)), 2, 14);
        }
        text.Append("\n"u8);
    }
}
