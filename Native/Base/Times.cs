// How the times that a histogram has counted are summed up, everywhere alike: least, mean, mean
// deviation, percentiles, greatest.
using System;

namespace Epollecho.Native.Base;

internal static class Times
{
    /// <summary>The percentiles that are told, in hundredths of a per cent.</summary>
    public static ReadOnlySpan<int> Percentiles =>
        [5000, 7500, 9000, 9500, 9900, 9990, 9999];

    /// <summary>The value that this share of all does not exceed, in whole numbers: 99.9 % of a
    /// thousand are 999.</summary>
    public static long ValueAt(in Histogram times, int hundredths) =>
        times.ValueAtRank(((times.Count * hundredths) + 9999) / 10_000);

    /// <summary>The same of a histogram of nanoseconds.</summary>
    public static Duration DurationAt(in Histogram times, int hundredths) =>
        Duration.FromNanoseconds(ValueAt(times, hundredths));

    /// <summary>Appends a member whose value is an object of times in nanoseconds, or null where
    /// nothing was measured.</summary>
    public static void AppendTimes(
        this ref Json json, ReadOnlySpan<byte> name, in Histogram times)
    {
        if (times.Count == 0)
        {
            json.Null(name);
            return;
        }
        json.BeginObject(name);
        json.Member("count"u8, times.Count);
        json.Member("min"u8, times.Min);
        json.Member("mean"u8, (long)times.Mean);
        json.Member("mdev"u8, (long)times.StandardDeviation);
        Span<byte> buffer = stackalloc byte[16];
        foreach (int percentile in Percentiles)
        {
            TextBuilder label = new(buffer);
            label.Append(new PercentileLabel(percentile));
            json.Member(label.Written, ValueAt(times, percentile));
        }
        json.Member("max"u8, times.Max);
        json.EndObject();
    }
}

/// <summary>The name of a percentile, given in hundredths of a per cent, without needless zeros:
/// p99, p99.9, p99.99.</summary>
internal readonly struct PercentileLabel(int hundredths) : IAppendable
{
    public void AppendTo(ref TextBuilder text)
    {
        text.Append("p"u8);
        text.Append(hundredths / 100);
        int rest = hundredths % 100;
        if (rest == 0) return;
        text.Append("."u8);
        text.Append(rest % 10 == 0 ? rest / 10 : rest);
    }
}
