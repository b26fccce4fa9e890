// The results of a load, as text for people.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Epollecho.Native.Net;
using Epollecho.Native.Output;

namespace Epollecho.Native.Bench;

internal static class BenchReport
{
    /// <summary>Room for the whole report: about 30 lines of up to 100 bytes, and a line for each
    /// kind of failure.</summary>
    private const int MaxBytes = 16 * 1024;

    /// <summary>False, with a message, if stdout fails.</summary>
    public static bool TryWrite(
        in BenchOptions options, Endpoint server, in Tally tally)
    {
        Span<byte> buffer = stackalloc byte[MaxBytes];
        if (!StandardOutput.TryWrite(options.IsJson
            ? BenchJson.Write(buffer, options, server, tally)
            : Write(buffer, options, server, tally))) return false;
        BenchWarnings.Write(options, tally);
        return true;
    }

    /// <summary>Of a number of things in some time: how many a second, in thousandths.</summary>
    public static long ThousandthsPerSecond(double count, Duration elapsed) =>
        elapsed <= Duration.Zero ? 0 : (long)(count * 1e12 / elapsed.Nanoseconds);

    public static FixedPoint PerSecond(double count, Duration elapsed) =>
        new(ThousandthsPerSecond(count, elapsed), 3);

    private static ReadOnlySpan<byte> Write(
        Span<byte> buffer, in BenchOptions options, Endpoint server, in Tally tally)
    {
        TextBuilder text = new(buffer);
        AppendTitle(ref text, options, server);
        AppendConnections(ref text, tally);
        AppendFailures(ref text, tally);
        if (options.Mode == LoadMode.Churn)
        {
            FixedPoint rate = PerSecond(tally.Closed, tally.Elapsed);
            text.Append($"churn         {rate} connections/s opened, used and closed\n");
        }
        if (options.Mode != LoadMode.Stream) AppendMessages(ref text, options, tally);
        AppendThroughput(ref text, tally);
        if (options.Mode == LoadMode.Stream || tally.LatencyFromSend.Count == 0)
            return text.Written;
        LatencyTable.Append(ref text, options.Rate > 0, tally);
        LatencyBars.Append(
            ref text, options.Rate > 0 ? tally.LatencyFromPlan : tally.LatencyFromSend);
        return text.Written;
    }

    private static void AppendTitle(
        ref TextBuilder text, in BenchOptions options, Endpoint server)
    {
        text.Append($"{server}: {new Counted(options.Connections, "connection"u8)}");
        text.Append(options.Mode switch
        {
            LoadMode.Stream => ", streams"u8,
            LoadMode.Churn => " at a time, one message each, "u8,
            _ => ", messages of "u8,
        });
        if (options.Mode != LoadMode.Stream)
            text.Append(new Counted(options.SizeBytes, "byte"u8));
        if (options.Pipeline > 1) text.Append($", {options.Pipeline} under way on each");
        if (options.Workers > 1) text.Append($", {options.Workers} workers");
        if (options.SkipsVerification) text.Append(", not verified"u8);
        text.Append("\n"u8);
    }

    private static void AppendConnections(ref TextBuilder text, in Tally tally)
    {
        text.Append($"connections   {tally.Opened} opened, {tally.FailureCount} failed");
        if (tally.NotTried > 0) text.Append($", {tally.NotTried} not tried");
        Duration half = Times.DurationAt(tally.ConnectTime, 5000);
        Duration most = Times.DurationAt(tally.ConnectTime, 9900);
        Duration max = Duration.FromNanoseconds(tally.ConnectTime.Max);
        text.Append($"; connect p50/p99/max {half.InMilliseconds}/{most.InMilliseconds}");
        text.Append($"/{max.InMilliseconds} ms\n");
    }

    private static void AppendFailures(ref TextBuilder text, in Tally tally)
    {
        for (int errno = 0; errno < Tally.ErrnoCount; errno++)
        {
            long count = tally.FailuresByErrno[errno];
            if (count == 0) continue;
            text.Append($"  failed      {count} ");
            if (errno == Tally.ClosedByServer) text.Append("closed by the server"u8);
            else text.Append(new ErrnoText(errno));
            text.Append("\n"u8);
        }
    }

    private static void AppendMessages(
        ref TextBuilder text, in BenchOptions options, in Tally tally)
    {
        text.Append($"messages      {tally.Sent} sent, {tally.Received} came back");
        text.Append($", {tally.Lost} lost");
        if (options.Rate > 0) text.Append($", {tally.NotSent} not sent");
        text.Append($"\nrate          {PerSecond(tally.Measured, tally.Elapsed)} messages/s");
        if (options.Rate > 0) text.Append($" of {options.Rate}");
        text.Append($" in {tally.Elapsed.InSeconds} s\n");
    }

    private static void AppendThroughput(ref TextBuilder text, in Tally tally)
    {
        FixedPoint sent = MegabytesPerSecond(tally.BytesSent, tally.Elapsed);
        FixedPoint received = MegabytesPerSecond(tally.BytesReceived, tally.Elapsed);
        text.Append($"throughput    {sent} MB/s out, {received} MB/s back");
        if (tally.BytesLost > 0)
            text.Append($", {new Counted(tally.BytesLost, "byte"u8)} lost");
        text.Append("\n"u8);
    }

    private static FixedPoint MegabytesPerSecond(long bytes, Duration elapsed) =>
        new(ThousandthsPerSecond(bytes, elapsed) / 1_000_000, 3);
}
