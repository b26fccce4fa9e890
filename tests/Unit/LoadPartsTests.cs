// The arithmetic of a load, and what compares its bytes: when messages are due, who has which share
// of them, how many were not sent, which connections send, when one may be opened.
using System;
using System.Collections.Generic;
using System.Linq;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed unsafe class LoadPartsTests
{
    private static readonly Instant Start = Instant.FromNanoseconds(1_000_000_007);
    private static readonly Pattern Pattern = Pattern.Create();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(3, 7)]
    [InlineData(50, 2)]
    [InlineData(1_000_003, 256)]
    public void Shares_of_workers_add_up_and_differ_by_one_at_the_most(long total, int workers)
    {
        long[] shares = [.. Enumerable.Range(0, workers).Select(
            worker => Schedule.ShareOf(total, workers, worker))];
        Assert.Equal(total, shares.Sum());
        Assert.InRange(shares.Max() - shares.Min(), 0, 1);
        Assert.Equal(shares.OrderDescending(), shares); // the first workers have the greater ones
    }

    [Theory]
    [InlineData(1000, 1)]
    [InlineData(1000, 3)]
    [InlineData(7, 2)]
    [InlineData(100_000_000, 5)]
    public void Planned_times_of_all_workers_together_are_evenly_spaced(int rate, int workers)
    {
        List<long> times = [];
        for (int worker = 0; worker < workers; worker++)
        {
            Schedule schedule = new(Start, rate, workers, worker);
            for (int serial = 0; serial < 100; serial++)
                times.Add((schedule.TimeOf(serial) - Start).Nanoseconds);
        }
        times.Sort();
        for (int i = 0; i < times.Count; i++)
            Assert.InRange(times[i] - (i * 1e9 / rate), -1, 1);
    }

    [Fact]
    public void Planned_times_are_exact_after_days_of_load()
    {
        const long second = 7L * 24 * 3600;
        Schedule schedule = new(Start, 1_000_000, 1, 0);
        Assert.Equal(
            Start + Duration.FromSeconds(second), schedule.TimeOf(second * 1_000_000));
    }

    [Theory]
    [InlineData(1000, 1)]
    [InlineData(70_000, 2)]
    [InlineData(50_000_000, 3)]
    [InlineData(3, 2)]
    public void What_is_due_before_the_end_is_counted_to_the_last(int rate, int workers)
    {
        Instant end = Start + Duration.FromMilliseconds(200);
        long due = 0;
        for (int worker = 0; worker < workers; worker++)
        {
            Schedule schedule = new(Start, rate, workers, worker);
            long count = schedule.CountDue(0, end, long.MaxValue);
            Assert.True(count == 0 || schedule.TimeOf(count - 1) < end);
            Assert.True(schedule.TimeOf(count) >= end);
            for (long first = 0; first <= count; first += 1 + (count / 10))
                Assert.Equal(count - first, schedule.CountDue(first, end, long.MaxValue));
            due += count;
        }
        Assert.Equal((rate + 4) / 5, due); // a fifth of a second, its very start included
    }

    [Fact]
    public void Nothing_is_due_after_the_end_and_no_more_than_there_is()
    {
        Schedule schedule = new(Start, 1000, 1, 0);
        Assert.Equal(0, schedule.CountDue(0, Start, long.MaxValue));
        Assert.Equal(0, schedule.CountDue(500, Start + Duration.FromMilliseconds(5), 9));
        Assert.Equal(9, schedule.CountDue(0, Start + Duration.FromSeconds(1L), 9));
        Assert.Equal(0, schedule.CountDue(0, Start + Duration.FromSeconds(1L), 0));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(10, 10)]
    [InlineData(10, 3)]
    [InlineData(10_000, 10)]
    [InlineData(1_000_000, 9999)]
    public void Those_that_send_are_spread_over_all(int all, int count)
    {
        ActiveConnections active = new(all, count);
        int before = -1;
        for (int rank = 0; rank < count; rank++)
        {
            int index = active.IndexOf(rank);
            Assert.InRange(index, before + 1, all - 1);
            if (before >= 0)
                Assert.InRange(index - before, all / count, (all / count) + 1);
            Assert.Equal(rank, active.RankOf(index));
            before = index;
        }
    }

    [Fact]
    public void Connections_are_opened_at_their_rate_and_later_after_a_failure()
    {
        OpeningPace pace = new(true, new Schedule(Start, 10, 2, 1));
        Duration tenth = Duration.FromMilliseconds(100);
        Assert.Equal(Start + tenth, pace.Next);
        pace.Begin();
        Assert.Equal(Start + (tenth * 3), pace.Next);
        pace.Fail(Start + Duration.FromSeconds(1L));
        Assert.Equal(Start + Duration.FromMilliseconds(1010), pace.Next);
        Assert.Equal(1, pace.Begun);
    }

    [Fact]
    public void Only_failures_in_a_row_are_too_many()
    {
        OpeningPace pace = new(false, default);
        Assert.True(pace.Next <= Start);
        for (int i = 0; i < OpeningPace.MaxFailuresInARow - 1; i++) pace.Fail(Start);
        pace.Succeed();
        for (int i = 0; i < OpeningPace.MaxFailuresInARow - 1; i++) pace.Fail(Start);
        Assert.False(pace.IsGivenUp);
        pace.Fail(Start);
        Assert.True(pace.IsGivenUp);
    }

    [Fact]
    public void A_phase_measures_from_the_end_of_its_warm_up_to_its_own_end()
    {
        Duration second = Duration.FromSeconds(1L);
        Assert.False(Phase.NotBegun.HasBegun);
        Assert.False(Phase.NotBegun.Measures(Start));
        Phase phase = new(Start, second, second * 2);
        Assert.True(phase.HasBegun);
        Assert.False(phase.Measures(Start));
        Assert.True(phase.Measures(Start + second));
        Assert.False(phase.Measures(Start + (second * 3)));
        phase.EndAt(Start + (second * 5)); // it has ended before
        Assert.Equal(second * 2, phase.Measured);
        phase.EndAt(Start + (second * 2));
        Assert.Equal(second, phase.Measured);
        phase.EndAt(Start); // in the warm-up
        Assert.Equal(Duration.Zero, phase.Measured);
    }

    [Fact]
    public void Each_message_under_way_has_a_time_of_its_own()
    {
        Assert.True(SendTimes.TryCreate(3, 5, out SendTimes times));
        for (int connection = 0; connection < 3; connection++)
            for (long message = 100; message < 105; message++)
                times[connection, message] = TimeOf(connection, message);
        for (int connection = 0; connection < 3; connection++)
            for (long message = 100; message < 105; message++)
                Assert.Equal(TimeOf(connection, message), times[connection, message]);
        times.Release();

        static Instant TimeOf(int connection, long message) =>
            Instant.FromNanoseconds((connection * 1000) + message);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(7, 1_048_570)] // over the end of the pattern
    [InlineData(1_000_000, 123_456_789_012)]
    public void Bytes_are_right_where_they_belong_and_nowhere_else(long connection, long offset)
    {
        Verifier verifier = new(Pattern, isOff: false);
        byte[] sent = new Span<byte>(Pattern.At(connection, offset), 1000).ToArray();
        long end = offset + sent.Length;
        Assert.Equal(1000, verifier.CountRight(connection, offset, end, sent));
        Assert.InRange(verifier.CountRight(connection, offset + 1, end + 1, sent), 0, 999);
        Assert.InRange(verifier.CountRight(connection + 1, offset, end, sent), 0, 999);
        sent[700] ^= 1;
        Assert.Equal(700, verifier.CountRight(connection, offset, end, sent));
        byte[] withoutOne = [.. sent[..300], .. sent[301..700]];
        Assert.InRange(verifier.CountRight(connection, offset, end, withoutOne), 300, 310);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void More_bytes_than_were_sent_are_wrong_even_if_none_is_compared(bool isOff)
    {
        Verifier verifier = new(Pattern, isOff);
        ReadOnlySpan<byte> bytes = new(Pattern.At(3, 0), 100);
        Assert.Equal(99, verifier.CountRight(3, 0, 99, bytes));
        Assert.Equal(0, verifier.CountRight(3, 0, 0, bytes));
        Assert.Equal(100, verifier.CountRight(3, 0, 100, bytes));
    }

    [Fact]
    public void Bytes_that_are_not_compared_are_right()
    {
        Assert.Equal(9, new Verifier(Pattern, isOff: true).CountRight(0, 0, 9, new byte[9]));
        Assert.NotEqual(9, new Verifier(Pattern, isOff: false).CountRight(0, 0, 9, new byte[9]));
    }

    [Fact]
    public void The_first_failure_and_the_first_wrong_byte_are_remembered()
    {
        Assert.True(Tally.TryCreate(out Tally tally));
        Assert.True(Tally.TryCreate(out Tally other));
        other.AddFailure(111);
        other.AddFailure(110);
        other.AddWrong(5, 64);
        other.AddWrong(6, 0);
        tally.Merge(other);
        tally.AddFailure(100_000); // no errno that is known
        Assert.Equal((3, 111), (tally.FailureCount, tally.FirstFailure));
        Assert.Equal(
            (1, 1, 1), (tally.FailuresByErrno[110], tally.FailuresByErrno[111],
                tally.FailuresByErrno[5])); // EIO
        Assert.Equal((2, 5, 64), (tally.Wrong, tally.WrongConnection, tally.WrongOffset));
        Assert.False(tally.IsGood);
        tally.Free();
        other.Free();
    }
}
