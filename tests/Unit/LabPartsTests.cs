using System;
using System.Linq;
using System.Text;
using System.Xml.Linq;
using Epollecho.Native.Base;
using Epollecho.Native.Lab;
using Epollecho.Native.Output;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed class LabPartsTests
{
    [Fact]
    public void Lab_reads_lists_of_ascending_numbers()
    {
        Assert.True(NumberList.TryParse("1,20,300"u8, 1, 300, out NumberList list));
        Assert.Equal(3, list.Count);
        Assert.Equal(1, list[0]);
        Assert.Equal(300, list[2]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("1,")]
    [InlineData("1,1")]
    [InlineData("2,1")]
    [InlineData("0")]
    [InlineData("301")]
    [InlineData("1 2")]
    [InlineData("1,2,3,4,5,6,7,8,9")]
    public void Lab_refuses_other_lists(string text) =>
        Assert.False(NumberList.TryParse(Encoding.UTF8.GetBytes(text), 1, 300, out _));

    [Theory]
    [InlineData(7, 5, 10, 10)]
    [InlineData(10, 10, 10, 20)]
    [InlineData(1, 1, 1, 2)]
    [InlineData(4999, 2000, 5000, 5000)]
    [InlineData(5001, 5000, 10000, 10000)]
    public void Lab_finds_round_numbers(long number, long down, long up, long after)
    {
        Assert.Equal(down, LogScale.RoundDown(number));
        Assert.Equal(up, LogScale.RoundUp(number));
        Assert.Equal(after, LogScale.RoundAfter(down));
    }

    [Fact]
    public void Lab_scales_logarithmically()
    {
        LogScale scale = new(100, 10_000, 0, 200);
        Assert.Equal(0, scale.Pixel(100));
        Assert.Equal(100, scale.Pixel(1000));
        Assert.Equal(200, scale.Pixel(10_000));
        Assert.Equal(100, new LogScale(7, 7, 0, 200).Pixel(7));
    }

    [Fact]
    public void Lab_computes_rates_and_no_quotient_of_nothing()
    {
        Measurement measured = new()
        {
            Echoes = 500,
            Elapsed = Duration.FromMilliseconds(250),
            Cpu = Duration.FromMilliseconds(3),
            Turns = 100,
            Wait = Duration.FromMilliseconds(125),
        };
        Assert.Equal(2000, measured.EchoesPerSecond);
        Assert.Equal(Duration.FromNanoseconds(6000), measured.CpuPerEcho);
        Assert.Equal(Duration.FromNanoseconds(1_250_000), measured.WaitPerTurn);
        Assert.Equal(50, measured.WaitPercent);
        Assert.Equal(Duration.Zero, default(Measurement).CpuPerEcho);
    }

    [Fact]
    public void Lab_aligns_columns()
    {
        TextBuilder text = new(new byte[64]);
        text.Append($"{"poll"u8,-6}{42,5}{new FixedPoint(1005, 3),7}{123456,3}");
        Assert.Equal("poll     42  1.005123456", Encoding.UTF8.GetString(text.Written));
    }

    [Fact]
    public void Lab_finds_fields_of_statistics()
    {
        Assert.Equal(12, ServerStatistics.Field("statistics: turns=12 wait_us=3"u8, " turns="u8));
        Assert.Equal(3, ServerStatistics.Field("statistics: turns=12 wait_us=3"u8, " wait_us="u8));
        Assert.Equal(0, ServerStatistics.Field("statistics: turns=12"u8, " wait_us="u8));
    }

    [Fact]
    public void Lab_takes_no_other_line_for_statistics()
    {
        Assert.False(ServerStatistics.TryParse("epollecho: accepting is paused"u8, out _));
        Assert.True(ServerStatistics.TryParse(
            "epollecho: statistics: connections=7 total=9 turns=12 wait_us=3"u8,
            out ServerStatistics statistics));
        Assert.Equal(7, statistics.Connections);
        Assert.Equal(12, statistics.Turns);
        Assert.Equal(Duration.FromMicroseconds(3), statistics.Wait);
    }

    [Fact]
    public void Lab_says_so_when_the_kernel_does_not_do_as_the_manual_says()
    {
        TriggerAnswers silent = new() { LeftAfterRead = 1 };
        TriggerAnswers again = new() { LeftAfterRead = 1, AfterRead = true };
        TriggerAnswers drained = new() { AfterRead = true };
        AssertAlarm(true, TriggerLessons.AfterRead(silent, edge: false, oneShot: false));
        AssertAlarm(false, TriggerLessons.AfterRead(again, edge: false, oneShot: false));
        AssertAlarm(false, TriggerLessons.AfterRead(silent, edge: true, oneShot: false));
        AssertAlarm(true, TriggerLessons.AfterRead(again, edge: true, oneShot: false));
        AssertAlarm(true, TriggerLessons.AfterRead(again, edge: false, oneShot: true));
        AssertAlarm(true, TriggerLessons.AfterRead(drained, edge: false, oneShot: false));
        AssertAlarm(true, TriggerLessons.AfterArrival(false));
        AssertAlarm(true, TriggerLessons.AfterNewByte(false, edge: true, oneShot: false));
        AssertAlarm(true, TriggerLessons.AfterNewByte(true, edge: true, oneShot: true));
        AssertAlarm(true, TriggerLessons.AfterModify(false));
    }

    [Fact]
    public void Lab_draws_a_chart_even_of_nothing()
    {
        PollersOptions options = new();
        Assert.True(NumberList.TryParse("7"u8, 1, 9, out options.Connections));
        TextBuilder text = new(new byte[64 * 1024]);
        Chart.Append(ref text, default, options);
        Assert.Equal("svg", XDocument.Parse(
            Encoding.UTF8.GetString(text.Written)).Root!.Name.LocalName);
    }

    [Theory]
    [InlineData("100,1000,10000", "100 1000 10000")]
    [InlineData("1000,1001,1010,1100,10000", "1000 10000")]
    [InlineData("7", "7")]
    public void Lab_labels_numbers_that_do_not_run_into_each_other(string counts, string expected)
    {
        PollersOptions options = new();
        Assert.True(NumberList.TryParse(
            Encoding.UTF8.GetBytes(counts), 1, 99999, out options.Connections));
        TextBuilder text = new(new byte[64 * 1024]);
        Chart.Append(ref text, default, options);
        Assert.Equal(expected, string.Join(' ', XDocument.Parse(
            Encoding.UTF8.GetString(text.Written)).Descendants()
            .Where(part => part.Attribute("y")?.Value == "506").Select(part => part.Value)));
    }

    private static void AssertAlarm(bool expected, ReadOnlySpan<byte> sentence) =>
        Assert.Equal(expected, sentence.StartsWith("NOT AS EPOLL(7) SAYS"u8));
}
