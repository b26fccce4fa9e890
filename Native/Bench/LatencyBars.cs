// A distribution of latencies as bars of text: a row for each doubling of the time.
using System;
using Epollecho.Native.Base;

namespace Epollecho.Native.Bench;

internal static class LatencyBars
{
    private const int BarWidth = 50;
    private const int MaxRows = 44; // doublings up to the histogram's last value

    public static void Append(ref TextBuilder text, in Histogram histogram)
    {
        Span<long> rows = stackalloc long[MaxRows];
        rows.Clear();
        int first = MaxRows;
        int last = 0;
        long most = 1;
        foreach (Histogram.Bucket bucket in histogram)
        {
            int row = RowOf(bucket.Value);
            rows[row] += bucket.Count;
            first = int.Min(first, row);
            last = int.Max(last, row);
            most = long.Max(most, rows[row]);
        }
        text.Append("\n"u8);
        for (int row = first; row <= last; row++)
        {
            Duration limit = Duration.FromNanoseconds(1L << row);
            text.Append($"  <{limit.InMilliseconds,12} ms {rows[row],12}");
            text.Append(rows[row] > 0 ? "  "u8 : ""u8);
            // Whatever was counted at all is seen.
            int width = (int)((rows[row] * BarWidth + most - 1) / most);
            for (int i = 0; i < width; i++) text.Append("#"u8);
            text.Append("\n"u8);
        }
    }

    /// <summary>The row of the values, in nanoseconds, below 2 to its power.</summary>
    private static int RowOf(long value)
    {
        int row = 10; // the first microsecond is one row
        while (row < MaxRows - 1 && value >= 1L << row) row++;
        return row;
    }
}
