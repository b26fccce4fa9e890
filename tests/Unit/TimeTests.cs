// Durations, instants and deadlines: rounding, the ends of their ranges, and their texts.
using System;
using Epollecho.Native.Base;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed class TimeTests
{
    private static readonly Instant Noon = Instant.FromNanoseconds(43_200_000_000_000);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(999_999, 1)]
    [InlineData(1_000_000, 1)]
    [InlineData(1_000_001, 2)]
    public void A_wait_is_rounded_up_to_milliseconds(long ns, int ms)
    {
        Deadline deadline = new(Noon + Duration.FromNanoseconds(ns));
        Assert.Equal(ms, deadline.TimeoutMs(Noon));
    }

    [Fact]
    public void A_deadline_that_has_passed_leaves_nothing()
    {
        Deadline deadline = new(Noon);
        Instant later = Noon + Duration.FromSeconds(1);
        Assert.True(deadline.HasPassed(Noon));
        Assert.True(deadline.HasPassed(later));
        Assert.Equal(Duration.Zero, deadline.Left(later));
        Assert.Equal(0, deadline.TimeoutMs(later));
        Assert.False(deadline.HasPassed(Noon - Duration.FromNanoseconds(1)));
    }

    [Fact]
    public void A_deadline_without_a_limit_never_passes()
    {
        Deadline deadline = Deadline.After(Duration.Forever, Noon);
        Assert.True(deadline.IsNever);
        Assert.Equal(-1, deadline.TimeoutMs(Noon));
        Assert.False(deadline.HasPassed());
        Assert.True(deadline.Left(Noon).IsForever);
        Assert.True(Deadline.AfterOptional(Duration.Zero, Noon).IsNever);
    }

    [Fact]
    public void A_wait_longer_than_poll_can_express_is_cut_to_the_longest()
    {
        Deadline deadline = new(Noon + Duration.FromSeconds(100L * 24 * 3600));
        Assert.Equal(int.MaxValue, deadline.TimeoutMs(Noon));
    }

    [Fact]
    public void The_earlier_of_two_deadlines_is_that_which_comes_first()
    {
        Deadline soon = new(Noon);
        Assert.Equal(soon.At, Deadline.Earlier(soon, Deadline.Never).At);
        Assert.Equal(soon.At, Deadline.Earlier(new(Noon + Duration.FromSeconds(1)), soon).At);
    }

    [Fact]
    public void The_clock_does_not_go_back()
    {
        Instant first = Instant.Now;
        Instant second = Instant.Now;
        Assert.True(second >= first);
        Assert.True(first > Instant.Start && second < Instant.Never);
    }

    [Theory]
    [InlineData(1_250_999_999, "1.250 1250.999 1.250999")]
    [InlineData(84_113, "0.000 0.084 0.000084")]
    public void Durations_are_written_with_the_decimals_that_they_are_asked_for(
        long ns, string text)
    {
        Duration duration = Duration.FromNanoseconds(ns);
        Span<byte> buffer = stackalloc byte[64];
        TextBuilder written = new(buffer);
        written.Append($"{duration.InSeconds} {duration.InMilliseconds} ");
        written.Append(duration.InSecondsToMicroseconds);
        Assert.Equal(text, System.Text.Encoding.UTF8.GetString(written.Written));
    }

    [Fact]
    public void Durations_are_added_compared_and_divided()
    {
        Duration second = Duration.FromSeconds(1);
        Assert.Equal(Duration.FromMilliseconds(1500), second + (second / 2));
        Assert.Equal(Duration.FromMicroseconds(999_999), second - Duration.FromNanoseconds(1000));
        Assert.Equal(2.5, Duration.FromMilliseconds(2500) / second);
        Assert.True(Duration.Max(second, Duration.Zero) > Duration.Min(second, Duration.Zero));
        Assert.Equal(500_000_000, Duration.FromSeconds(2.5).NanosecondsOfSecond);
        Assert.Equal(2, Duration.FromSeconds(2.5).WholeSeconds);
    }
}
