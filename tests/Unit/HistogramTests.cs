// The histogram against exact percentiles of the same values.
using System;
using System.Collections.Generic;
using System.Linq;
using Epollecho.Native.Base;
using Epollecho.Native.Output;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed class HistogramTests
{
    private const double AllowedError = 1.0 / 1024;

    private static readonly double[] Percentiles =
        [0, 1, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100];

    public static TheoryData<string> Distributions =>
        ["uniform", "exponential", "two humps", "powers", "one value", "wide", "small"];

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Percentiles_are_within_a_thousandth_of_the_exact_ones(string distribution)
    {
        long[] values = [.. Draw(distribution).Take(20_000)];
        Histogram histogram = Recorded(values);
        Array.Sort(values);
        foreach (double percentile in Percentiles)
        {
            int rank = Math.Max(1, (int)Math.Ceiling(percentile / 100 * values.Length));
            long exact = values[rank - 1];
            long measured = histogram.ValueAtPercentile(percentile);
            Assert.InRange(measured, exact, exact + (long)(exact * AllowedError));
        }
        Assert.Equal(values[0], histogram.Min);
        Assert.Equal(values[^1], histogram.Max);
        Assert.Equal(values.Length, histogram.Count);
        double mean = values.Average();
        double deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        Assert.InRange(histogram.Mean, mean * 0.999999, (mean * 1.000001) + 1e-9);
        Assert.InRange(
            histogram.StandardDeviation, (deviation * 0.999) - 1, (deviation * 1.001) + 1);
        histogram.Free();
    }

    [Fact]
    public void Every_value_falls_between_its_bucket_and_the_one_before()
    {
        Histogram histogram = Recorded([long.MaxValue]);
        Random random = new(3);
        for (int i = 0; i < 100_000; i++)
        {
            long value = random.NextInt64(1L << random.Next(1, 42));
            int bucket = Histogram.BucketOf(value);
            Assert.InRange(bucket, 0, Histogram.BucketCount - 1);
            Assert.True(histogram.ValueOf(bucket) >= value);
            Assert.True(bucket == 0 || histogram.ValueOf(bucket - 1) < value);
        }
        histogram.Free();
    }

    [Fact]
    public void Values_beyond_an_hour_are_counted_and_their_maximum_is_exact()
    {
        Histogram histogram = Recorded([1, long.MaxValue / 2]);
        Assert.Equal(2, histogram.Count);
        Assert.Equal(long.MaxValue / 2, histogram.Max);
        Assert.Equal(1, histogram.ValueAtPercentile(50));
        histogram.Free();
    }

    [Fact]
    public void A_merged_histogram_is_that_of_all_values()
    {
        long[] values = [.. Draw("exponential").Take(1000)];
        Histogram whole = Recorded(values);
        Histogram first = Recorded(values[..300]);
        Histogram second = Recorded(values[300..]);
        Histogram empty = Recorded([]);
        first.Merge(second);
        first.Merge(empty);
        foreach (double percentile in Percentiles)
        {
            Assert.Equal(
                whole.ValueAtPercentile(percentile), first.ValueAtPercentile(percentile));
        }
        Assert.Equal((whole.Count, whole.Min, whole.Max), (first.Count, first.Min, first.Max));
        foreach (Histogram one in new[] { whole, first, second, empty }) one.Free();
    }

    [Fact]
    public void Without_values_all_is_0_and_a_cleared_one_is_as_new()
    {
        Histogram histogram = Recorded([5, 6, 7_000_000]);
        histogram.Clear();
        Assert.Equal((0, 0, 0), (histogram.Count, histogram.Min, histogram.Max));
        Assert.Equal(0, histogram.ValueAtPercentile(50));
        Assert.Equal(0, histogram.Mean);
        Assert.Equal(0, histogram.StandardDeviation);
        histogram.Record(-1);
        Assert.Equal((1, 0, 0), (histogram.Count, histogram.Min, histogram.Max));
        histogram.Free();
    }

    [Fact]
    public void A_value_that_is_recorded_so_many_times_is_as_one_recorded_as_often()
    {
        Histogram one = Recorded([10, 300, 300, 300, 5_000_000]);
        Histogram other = Recorded([10, 5_000_000]);
        other.Record(300, 3);
        Assert.Equal(Counters(one), Counters(other));
        Assert.Equal(one.Count, other.Count);
        Assert.Equal(one.Mean, other.Mean);
        Assert.Equal(one.StandardDeviation, other.StandardDeviation);
        one.Free();
        other.Free();
    }

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Its_counters_hold_each_value_once_in_order(string distribution)
    {
        long[] values = [.. Draw(distribution).Take(2000)];
        Histogram histogram = Recorded(values);
        List<Histogram.Bucket> counters = Counters(histogram);
        Assert.All(counters, counter => Assert.True(counter.Count > 0));
        Assert.Equal(counters.OrderBy(counter => counter.Value), counters);
        long seen = 0;
        foreach (Histogram.Bucket counter in counters)
        {
            seen += counter.Count;
            Assert.Equal(values.Count(value => value <= counter.Value), seen);
        }
        Assert.Equal(values.Length, seen);
        histogram.Free();
    }

    private static List<Histogram.Bucket> Counters(Histogram histogram)
    {
        List<Histogram.Bucket> counters = [];
        foreach (Histogram.Bucket counter in histogram) counters.Add(counter);
        return counters;
    }

    private static Histogram Recorded(long[] values)
    {
        Assert.True(Histogram.TryCreate(out Histogram histogram));
        foreach (long value in values) histogram.Record(value);
        return histogram;
    }

    private static IEnumerable<long> Draw(string distribution)
    {
        Random random = new(11);
        while (true)
        {
            yield return distribution switch
            {
                "uniform" => random.NextInt64(1_000_000_000),
                "exponential" => (long)(-50_000 * Math.Log(1 - random.NextDouble())),
                "two humps" => random.Next(100) < 98
                    ? random.Next(20_000, 30_000) : random.Next(40_000_000, 41_000_000),
                "powers" => 1L << random.Next(42),
                "one value" => 123_456_789,
                "wide" => (long)Math.Exp(random.NextDouble() * Math.Log(4e12)),
                _ => random.Next(3),
            };
        }
    }
}
