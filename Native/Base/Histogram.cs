// How often each time was measured, in whole nanoseconds: counters for values from 0 to an hour, so
// narrow that a value is known to one part in a thousand (log-linear, as HdrHistogram has it). The
// memory is reserved once and takes pages only where values fall; recording allocates nothing.
using System;
using System.Numerics;
using Epollecho.Interop;

namespace Epollecho.Native.Base;

internal unsafe struct Histogram
{
    /// <summary>Counters for each doubling of the value: an error of at most 1/1024.</summary>
    private const int SubBucketBits = 10;

    public const int SubBucketCount = 1 << SubBucketBits;

    /// <summary>The greatest value that has a counter of its own, 2^42 - 1 ns (73 minutes);
    /// greater ones are counted with it.</summary>
    private const int ValueBits = 42;

    /// <summary>Counters there are.</summary>
    public const int BucketCount = DoublingCount * SubBucketCount;

    public const int DoublingCount = ValueBits - SubBucketBits + 1;

    private const long Bytes = BucketCount * (long)sizeof(long);

    private long* counts;
    private double sum;
    private double sumOfSquares;
    private long min;

    public long Count { get; private set; }

    /// <summary>The greatest value, exact; 0 if there is none.</summary>
    public long Max { get; private set; }

    /// <summary>The least value, exact; 0 if there is none.</summary>
    public readonly long Min => Count == 0 ? 0 : min;

    public readonly double Mean => Count == 0 ? 0 : sum / Count;

    /// <summary>Of all values, not of a sample.</summary>
    public readonly double StandardDeviation => Count == 0
        ? 0 : Math.Sqrt(double.Max(0, (sumOfSquares / Count) - (Mean * Mean)));

    /// <summary>False if there is no address space for it (264 KB).</summary>
    public static bool TryCreate(out Histogram histogram)
    {
        histogram = new() { counts = (long*)ReservedMemory.Reserve(Bytes), min = long.MaxValue };
        return histogram.counts != null;
    }

    public readonly void Free() => ReservedMemory.Release((byte*)counts, Bytes);

    public void Record(Duration time) => Record(time.Nanoseconds);

    /// <summary>Counts a value so many times; one below 0 as 0.</summary>
    public void Record(long value, long times = 1)
    {
        value = long.Max(0, value);
        counts[BucketOf(value)] += times;
        Count += times;
        sum += (double)value * times;
        sumOfSquares += (double)value * value * times;
        min = long.Min(min, value);
        Max = long.Max(Max, value);
    }

    /// <summary>Adds all that another one has counted.</summary>
    public void Merge(in Histogram other)
    {
        for (int i = 0; i < BucketCount; i++)
        {
            // Reading a page that was never written to takes no memory; writing to it would.
            if (other.counts[i] != 0) counts[i] += other.counts[i];
        }
        Count += other.Count;
        sum += other.sum;
        sumOfSquares += other.sumOfSquares;
        min = long.Min(min, other.min);
        Max = long.Max(Max, other.Max);
    }

    /// <summary>Forgets all values.</summary>
    public void Clear()
    {
        ReservedMemory.Discard((byte*)counts, Bytes);
        long* same = counts;
        this = new() { counts = same, min = long.MaxValue };
    }

    /// <summary>The value that this share of the values does not exceed, 0 to 100 per cent; 0 if
    /// there are none.</summary>
    public readonly long ValueAtPercentile(double percentile)
    {
        return ValueAtRank((long)Math.Ceiling(percentile / 100 * Count));
    }

    /// <summary>The value of this place among all values, the least being the first; 0 if there
    /// are none.</summary>
    public readonly long ValueAtRank(long rank)
    {
        if (Count == 0) return 0;
        long wanted = long.Max(1, rank);
        long seen = 0;
        for (int i = 0; i < BucketCount; i++)
        {
            seen += counts[i];
            if (seen >= wanted) return ValueOf(i);
        }
        return Max;
    }

    /// <summary>The counters that have counted something, from the least value on.</summary>
    public readonly Enumerator GetEnumerator() => new(this);

    /// <summary>The greatest value that falls into a counter, and into it alone.</summary>
    public readonly long ValueOf(int bucket)
    {
        int shift = int.Max(0, (bucket >> SubBucketBits) - 1);
        long upper = ((bucket - (shift << SubBucketBits) + 1L) << shift) - 1;
        return long.Min(upper, Max);
    }

    public static int BucketOf(long value)
    {
        long counted = long.Min(value, (1L << ValueBits) - 1);
        int bits = BitOperations.Log2((ulong)counted | 1) + 1;
        int shift = int.Max(0, bits - SubBucketBits - 1);
        return (shift << SubBucketBits) + (int)(counted >> shift);
    }

    /// <summary>A counter: how many values, the greatest of which is at most this one.</summary>
    public readonly record struct Bucket(long Value, long Count);

    /// <summary>Valid while the histogram is, and nothing is recorded.</summary>
    public struct Enumerator(Histogram histogram)
    {
        private int index = -1;

        public readonly Bucket Current => new(histogram.ValueOf(index), histogram.counts[index]);

        public bool MoveNext()
        {
            do index++;
            while (index < BucketCount && histogram.counts[index] == 0);
            return index < BucketCount;
        }
    }
}
