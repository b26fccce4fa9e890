// What epollecho ping prints: a line a round trip and a summary, as ping(8) does, or the summary
// as JSON.
using System;
using System.Runtime.InteropServices;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Output;

namespace Epollecho.Native.Ping;

internal readonly unsafe partial struct PingReport(in PingOptions options)
{
    private readonly PingOptions options = options;
    private readonly Instant start = Instant.Now;

    private ReadOnlySpan<byte> Host =>
        MemoryMarshal.CreateReadOnlySpanFromNullTerminated(options.Target.Host);

    private bool ShowsEach => !options.IsQuiet && !options.IsJson;

    public bool TryWriteTitle(Endpoint address)
    {
        if (!ShowsEach) return true;
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"PING {Host} ({address}): {new Counted(options.SizeBytes, "byte"u8)}");
        text.Append(" of data\n"u8);
        return StandardOutput.TryWrite(text.Written);
    }

    public bool TryWriteReply(in PingTarget target)
    {
        if (!ShowsEach) return true;
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"{new Counted(options.SizeBytes, "byte"u8)} from {target.Address}: ");
        text.Append($"seq={target.Sequence} time={target.Elapsed.InMilliseconds} ms\n");
        return StandardOutput.TryWrite(text.Written);
    }

    /// <summary>Counts a round trip that failed. It is reported at once, or, if quiet, with the
    /// summary.</summary>
    public void AddLoss(ref PingResults results, in PingTarget target)
    {
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder reason = new(buffer);
        reason.Append($"seq={target.Sequence}: ");
        target.AppendReason(ref reason);
        results.AddLoss(target.Failure, reason.Written);
        if (!options.IsQuiet) WriteLastFailure(results);
    }

    /// <summary>Reports that there is no address to ping.</summary>
    public void WriteUnresolved(ref PingResults results, in Connector connector)
    {
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder reason = new(buffer);
        connector.AppendFailure(ref reason);
        results.AddFailure(connector.Failure, reason.Written);
        WriteLastFailure(results);
        // It is a failure whether this can be written or not.
        if (options.IsJson) _ = TryWriteJson(results, default);
    }

    /// <summary>Writes the counts and times so far to stderr.</summary>
    public void WriteState(in PingResults results)
    {
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        AppendCounts(ref text, results);
        if (results.Times.Count > 0)
        {
            text.Append($", min/avg/max = {Milliseconds(results.Times.Min)}/");
            text.Append($"{Milliseconds((long)results.Times.Mean)}/");
            text.Append($"{Milliseconds(results.Times.Max)} ms");
        }
        text.Append("\n"u8);
        StandardError.Write(text.Written);
    }

    /// <summary>The summary, and what failed last if that has not been reported.</summary>
    public bool TryWriteSummary(in PingResults results, Endpoint address)
    {
        if (options.IsQuiet && results.LastFailure != Failure.None) WriteLastFailure(results);
        if (options.IsJson) return TryWriteJson(results, address);
        Span<byte> buffer = stackalloc byte[2 * LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"--- {Host} ping statistics ---\n");
        AppendCounts(ref text, results);
        text.Append($", time {(Instant.Now - start).InSeconds} s\n");
        if (results.Times.Count > 0) AppendTimes(ref text, results.Times);
        return StandardOutput.TryWrite(text.Written);
    }

    private static void WriteLastFailure(in PingResults results)
    {
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        results.AppendLastFailure(ref text);
        text.Append("\n"u8);
        StandardError.Write(text.Written);
    }

    private static void AppendTimes(ref TextBuilder text, in Histogram times)
    {
        text.Append($"round trip min/avg/max/mdev = {Milliseconds(times.Min)}/");
        text.Append($"{Milliseconds((long)times.Mean)}/{Milliseconds(times.Max)}/");
        text.Append($"{Milliseconds((long)times.StandardDeviation)} ms, p50/p99 = ");
        text.Append($"{Milliseconds(Times.ValueAt(times, 5000))}/");
        text.Append($"{Milliseconds(Times.ValueAt(times, 9900))} ms\n");
    }

    private static void AppendCounts(ref TextBuilder text, in PingResults results)
    {
        text.Append($"{results.Sent} sent, {results.Times.Count} received, ");
        long lost = results.Sent - results.Times.Count;
        long total = long.Max(1, results.Sent);
        if (lost * 100 % total == 0) text.Append(lost * 100 / total);
        // One in a million is not none.
        else text.Append(new FixedPoint(long.Clamp(lost * 100_000 / total, 1, 99_999), 3));
        text.Append("% loss"u8);
    }

    private static FixedPoint Milliseconds(long ns) =>
        Duration.FromNanoseconds(ns).InMilliseconds;
}
