// The results of a load, as text for people.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Client;
using Epollecho.Native.Load;
using Epollecho.Native.Net;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Session;

namespace Epollecho.Native.Bench;

internal static class BenchReport
{
    /// <summary>Room for the whole report: about 30 lines of up to 100 bytes, and a line for each
    /// kind of failure.</summary>
    private const int MaxBytes = 16 * 1024;

    private const int NsPerUs = 1000;

    /// <summary>False, with a message, if stdout fails.</summary>
    public static bool TryWrite(
        in BenchOptions options, in SocketAddress server, in Tally tally)
    {
        Span<byte> buffer = stackalloc byte[MaxBytes];
        TextBuilder text = new(buffer);
        if (options.IsJson) BenchJson.Append(ref text, options, server, tally);
        else Append(ref text, options, server, tally);
        if (!StandardOutput.TryWrite(text.Written)) return false;
        BenchWarnings.Write(options, tally);
        return true;
    }

    /// <summary>Of a number of things in so many nanoseconds: how many a second, in thousandths.
    /// </summary>
    public static long PerSecond(double count, long ns) =>
        ns <= 0 ? 0 : (long)(count * 1e12 / ns);

    private static void Append(
        ref TextBuilder text, in BenchOptions options, in SocketAddress server, in Tally tally)
    {
        AppendTitle(ref text, options, server);
        AppendLabel(ref text, "connections"u8);
        text.Append(tally.Opened);
        text.Append(" opened, "u8);
        text.Append(tally.FailureCount);
        text.Append(" failed"u8);
        if (tally.NotTried > 0)
        {
            text.Append(", "u8);
            text.Append(tally.NotTried);
            text.Append(" not tried"u8);
        }
        text.Append("; connect p50/p99/max "u8);
        AppendMs(ref text, tally.ConnectTime.ValueAtPercentile(50));
        text.Append("/"u8);
        AppendMs(ref text, tally.ConnectTime.ValueAtPercentile(99));
        text.Append("/"u8);
        AppendMs(ref text, tally.ConnectTime.Max);
        text.Append(" ms\n"u8);
        AppendFailures(ref text, tally);
        if (options.Mode == BenchMode.Churn) AppendChurn(ref text, tally);
        if (options.Mode != BenchMode.Stream) AppendMessages(ref text, options, tally);
        AppendThroughput(ref text, tally);
        if (options.Mode == BenchMode.Stream || tally.Latency.Count == 0) return;
        LatencyTable.Append(ref text, options.Rate > 0, tally);
        LatencyBars.Append(ref text, options.Rate > 0 ? tally.Corrected : tally.Latency);
    }

    private static void AppendTitle(
        ref TextBuilder text, in BenchOptions options, in SocketAddress server)
    {
        text.Append(server);
        text.Append(": "u8);
        text.Append(options.Connections);
        text.Append(options.Connections == 1 ? " connection"u8 : " connections"u8);
        text.Append(options.Mode switch
        {
            BenchMode.Stream => ", streams"u8,
            BenchMode.Churn => " at a time, one message each, "u8,
            _ => ", messages of "u8,
        });
        if (options.Mode != BenchMode.Stream) Dialogue.AppendBytes(ref text, options.SizeBytes);
        if (options.Pipeline > 1)
        {
            text.Append(", "u8);
            text.Append(options.Pipeline);
            text.Append(" under way on each"u8);
        }
        if (options.Workers > 1)
        {
            text.Append(", "u8);
            text.Append(options.Workers);
            text.Append(" workers"u8);
        }
        if (options.SkipsVerification) text.Append(", not verified"u8);
        text.Append("\n"u8);
    }

    private static void AppendFailures(ref TextBuilder text, in Tally tally)
    {
        for (int errno = 0; errno < Tally.FailureKinds; errno++)
        {
            if (tally.Failures[errno] == 0) continue;
            AppendLabel(ref text, "  failed"u8);
            text.Append(tally.Failures[errno]);
            text.Append(" "u8);
            if (errno == Tally.ClosedByServer) text.Append("closed by the server"u8);
            else text.AppendErrno(errno);
            text.Append("\n"u8);
        }
    }

    private static void AppendChurn(ref TextBuilder text, in Tally tally)
    {
        AppendLabel(ref text, "churn"u8);
        text.AppendThousandths(PerSecond(tally.Closed, tally.ElapsedNs));
        text.Append(" connections/s opened, used and closed\n"u8);
    }

    private static void AppendMessages(
        ref TextBuilder text, in BenchOptions options, in Tally tally)
    {
        AppendLabel(ref text, "messages"u8);
        text.Append(tally.Sent);
        text.Append(" sent, "u8);
        text.Append(tally.Received);
        text.Append(" came back, "u8);
        text.Append(tally.Lost);
        text.Append(" lost"u8);
        if (options.Rate > 0)
        {
            text.Append(", "u8);
            text.Append(tally.Unsent);
            text.Append(" not sent"u8);
        }
        text.Append("\n"u8);
        AppendLabel(ref text, "rate"u8);
        text.AppendThousandths(PerSecond(tally.Measured, tally.ElapsedNs));
        text.Append(" messages/s"u8);
        if (options.Rate > 0)
        {
            text.Append(" of "u8);
            text.Append(options.Rate);
        }
        text.Append(" in "u8);
        text.AppendSeconds(tally.ElapsedNs);
        text.Append("\n"u8);
    }

    private static void AppendThroughput(ref TextBuilder text, in Tally tally)
    {
        const int bytesPerMB = 1_000_000;
        AppendLabel(ref text, "throughput"u8);
        text.AppendThousandths(PerSecond(tally.BytesSent, tally.ElapsedNs) / bytesPerMB);
        text.Append(" MB/s out, "u8);
        text.AppendThousandths(PerSecond(tally.BytesReceived, tally.ElapsedNs) / bytesPerMB);
        text.Append(" MB/s back"u8);
        if (tally.BytesLost > 0)
        {
            text.Append(", "u8);
            Dialogue.AppendBytes(ref text, tally.BytesLost);
            text.Append(" lost"u8);
        }
        text.Append("\n"u8);
    }

    private static void AppendLabel(ref TextBuilder text, ReadOnlySpan<byte> label) =>
        Columns.AppendLeft(ref text, label, LatencyTable.LabelWidth);

    private static void AppendMs(ref TextBuilder text, long ns) =>
        text.AppendThousandths(ns / NsPerUs);
}
