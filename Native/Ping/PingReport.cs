// What epollecho ping prints: a line a round trip and a summary, as ping(8) does, or the summary
// as JSON. Owns the count of all that has been reported.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Client;
using Epollecho.Native.Net;
using Epollecho.Native.Output;

namespace Epollecho.Native.Ping;

internal unsafe partial struct PingReport
{
    private const int NsPerUs = 1000;
    private const int MaxReasonLength = 512;

    private PingOptions options;
    private Histogram times;
    private long startNs;
    private long sent;
    private FailureCounts failures;
    private Failure lastFailure;
    private ReasonText lastReason;
    private int lastReasonLength;

    /// <summary>False, with a message, if there is no memory for it.</summary>
    public static bool TryCreate(in PingOptions options, out PingReport report)
    {
        report = new() { options = options, startNs = Clock.MonotonicNs() };
        if (Histogram.TryCreate(out report.times)) return true;
        Log.WriteError("not enough address space for the histogram"u8);
        return false;
    }

    /// <summary>Did all come back, and at least one?</summary>
    public readonly bool IsComplete => sent > 0 && times.Count == sent;

    private readonly ReadOnlySpan<byte> Host =>
        MemoryMarshal.CreateReadOnlySpanFromNullTerminated(options.Target.Host);

    private readonly bool ShowsEach => !options.IsQuiet && !options.IsJson;

    public readonly bool TryBegin(in SocketAddress address)
    {
        if (!ShowsEach) return true;
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("PING "u8);
        text.Append(Host);
        text.Append(" ("u8);
        text.Append(address);
        text.Append("): "u8);
        Dialogue.AppendBytes(ref text, options.SizeBytes);
        text.Append(" of data\n"u8);
        return StandardOutput.TryWrite(text.Written);
    }

    public bool TryAddReply(long sequence, in SocketAddress address, long elapsedNs)
    {
        sent++;
        times.Record(elapsedNs);
        if (!ShowsEach) return true;
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        Dialogue.AppendBytes(ref text, options.SizeBytes);
        text.Append(" from "u8);
        text.Append(address);
        text.Append(": seq="u8);
        text.Append(sequence);
        text.Append(" time="u8);
        text.AppendThousandths(elapsedNs / NsPerUs);
        text.Append(" ms\n"u8);
        return StandardOutput.TryWrite(text.Written);
    }

    /// <summary>Counts a round trip that failed. It is told at once, or at the end if quiet.
    /// </summary>
    public void AddLoss(long sequence, Failure kind, scoped ReadOnlySpan<byte> reason)
    {
        sent++;
        failures[(int)kind]++;
        lastFailure = kind;
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("seq="u8);
        text.Append(sequence);
        text.Append(": "u8);
        text.Append(reason);
        KeepReason(text.Written);
        if (!options.IsQuiet) TellLastFailure();
    }

    /// <summary>There is nobody to ping.</summary>
    public void FailToResolve(in Connector connector)
    {
        failures[(int)Failure.Dns]++;
        lastFailure = Failure.Dns;
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        connector.AppendFailure(ref text);
        KeepReason(text.Written);
        TellLastFailure();
    }

    /// <summary>Tells on stderr how it stands.</summary>
    public readonly void TellState()
    {
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        AppendCounts(ref text);
        if (times.Count > 0)
        {
            text.Append(", min/avg/max = "u8);
            AppendMs(ref text, times.Min, "/"u8);
            AppendMs(ref text, (long)times.Mean, "/"u8);
            AppendMs(ref text, times.Max, " ms"u8);
        }
        text.Append("\n"u8);
        _ = Files.Write(2, text.Written); // the summary tells, too
    }

    /// <summary>The summary, and what went wrong last if that has not been told.</summary>
    public readonly bool TryEnd(in SocketAddress address)
    {
        if (options.IsQuiet && lastFailure != Failure.None) TellLastFailure();
        Span<byte> buffer = stackalloc byte[2 * LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        if (options.IsJson) AppendJson(ref text, address);
        else AppendSummary(ref text);
        return StandardOutput.TryWrite(text.Written);
    }

    /// <summary>As JSON where it was asked for; else nothing has to be said.</summary>
    public readonly bool TryEndUnresolved() => !options.IsJson || TryEnd(default);

    private void KeepReason(ReadOnlySpan<byte> reason)
    {
        lastReasonLength = int.Min(reason.Length, MaxReasonLength);
        reason[..lastReasonLength].CopyTo(lastReason);
    }

    private readonly void TellLastFailure()
    {
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        AppendLastFailure(ref text);
        text.Append("\n"u8);
        _ = Files.Write(2, text.Written); // the exit status tells, too
    }

    private readonly void AppendLastFailure(ref TextBuilder text)
    {
        text.Append(lastFailure.Word);
        text.Append(" "u8);
        text.Append(((ReadOnlySpan<byte>)lastReason)[..lastReasonLength]);
    }

    private readonly void AppendSummary(ref TextBuilder text)
    {
        text.Append("--- "u8);
        text.Append(Host);
        text.Append(" ping statistics ---\n"u8);
        AppendCounts(ref text);
        text.Append(", time "u8);
        text.AppendSeconds(Clock.MonotonicNs() - startNs);
        text.Append("\n"u8);
        if (times.Count == 0) return;
        text.Append("round trip min/avg/max/mdev = "u8);
        AppendMs(ref text, times.Min, "/"u8);
        AppendMs(ref text, (long)times.Mean, "/"u8);
        AppendMs(ref text, times.Max, "/"u8);
        AppendMs(ref text, (long)times.StandardDeviation, " ms, p50/p99 = "u8);
        AppendMs(ref text, times.ValueAtPercentile(50), "/"u8);
        AppendMs(ref text, times.ValueAtPercentile(99), " ms\n"u8);
    }

    private readonly void AppendCounts(ref TextBuilder text)
    {
        text.Append(sent);
        text.Append(" sent, "u8);
        text.Append(times.Count);
        text.Append(" received, "u8);
        long lost = sent - times.Count;
        long total = long.Max(1, sent);
        if (lost * 100 % total == 0) text.Append(lost * 100 / total);
        // One in a million is not none.
        else text.AppendThousandths(long.Clamp(lost * 100_000 / total, 1, 99_999));
        text.Append("% loss"u8);
    }

    private static void AppendMs(ref TextBuilder text, long ns, ReadOnlySpan<byte> after)
    {
        text.AppendThousandths(ns / NsPerUs);
        text.Append(after);
    }

    [InlineArray((int)Failure.Other + 1)]
    private struct FailureCounts
    {
        private long first;
    }

    [InlineArray(MaxReasonLength)]
    private struct ReasonText
    {
        private byte first;
    }
}
