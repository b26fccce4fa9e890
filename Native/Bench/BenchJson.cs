// The results of a load as one JSON object: counts, bytes, and times in nanoseconds.
using System;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Epollecho.Native.Net;
using Epollecho.Native.Server.Session;

namespace Epollecho.Native.Bench;

internal static unsafe class BenchJson
{
    public static void Append(
        ref TextBuilder text, in BenchOptions options, in SocketAddress server, in Tally tally)
    {
        text.Append("{\"host\":"u8);
        text.AppendJsonString(
            MemoryMarshal.CreateReadOnlySpanFromNullTerminated(options.Target.Host));
        if (tally.Failures[Tally.NotResolved] > 0)
        {
            text.Append(",\"address\":null"u8);
        }
        else
        {
            text.Append(",\"address\":\""u8);
            text.Append(server);
            text.Append("\""u8);
        }
        text.Append(",\"mode\":\""u8);
        text.Append(options.Mode switch
        {
            BenchMode.Stream => "stream"u8,
            BenchMode.Churn => "churn"u8,
            _ => "echo"u8,
        });
        text.Append("\""u8);
        AppendMember(ref text, "connections"u8, options.Connections);
        AppendMember(ref text, "size"u8, options.SizeBytes);
        AppendMember(ref text, "pipeline"u8, options.Pipeline);
        AppendMember(ref text, "workers"u8, options.Workers);
        AppendMember(ref text, "target_rate"u8, options.Rate);
        AppendMember(ref text, "elapsed_ns"u8, tally.ElapsedNs);
        AppendMember(ref text, "opened"u8, tally.Opened);
        AppendMember(ref text, "not_tried"u8, tally.NotTried);
        AppendMember(ref text, "closed"u8, tally.Closed);
        AppendMember(ref text, "sent"u8, tally.Sent);
        AppendMember(ref text, "received"u8, tally.Received);
        AppendMember(ref text, "measured"u8, tally.Measured);
        AppendMember(ref text, "lost"u8, tally.Lost);
        AppendMember(ref text, "not_sent"u8, tally.Unsent);
        AppendMember(ref text, "bytes_sent"u8, tally.BytesSent);
        AppendMember(ref text, "bytes_received"u8, tally.BytesReceived);
        AppendMember(ref text, "bytes_lost"u8, tally.BytesLost);
        AppendMember(ref text, "wrong_connections"u8, tally.Wrong);
        AppendMember(ref text, "gc_allocated_bytes"u8, tally.GcAllocatedBytes);
        AppendRate(ref text, "messages_per_second"u8, tally.Measured, tally.ElapsedNs);
        AppendRate(ref text, "connections_per_second"u8, tally.Closed, tally.ElapsedNs);
        AppendRate(ref text, "bytes_per_second_out"u8, tally.BytesSent, tally.ElapsedNs);
        AppendRate(ref text, "bytes_per_second_back"u8, tally.BytesReceived, tally.ElapsedNs);
        AppendTimes(ref text, "connect_ns"u8, tally.ConnectTime);
        AppendTimes(ref text, "latency_ns"u8, tally.Latency);
        AppendTimes(ref text, "corrected_latency_ns"u8, tally.Corrected);
        AppendFailures(ref text, tally);
        text.Append("}\n"u8);
    }

    private static void AppendName(ref TextBuilder text, ReadOnlySpan<byte> name)
    {
        text.Append(",\""u8);
        text.Append(name);
        text.Append("\":"u8);
    }

    private static void AppendMember(ref TextBuilder text, ReadOnlySpan<byte> name, long number)
    {
        AppendName(ref text, name);
        text.Append(number);
    }

    private static void AppendRate(
        ref TextBuilder text, ReadOnlySpan<byte> name, long count, long ns)
    {
        AppendName(ref text, name);
        text.AppendThousandths(BenchReport.PerSecond(count, ns));
    }

    /// <summary>null where nothing was measured.</summary>
    private static void AppendTimes(
        ref TextBuilder text, ReadOnlySpan<byte> name, in Histogram times)
    {
        AppendName(ref text, name);
        if (times.Count == 0)
        {
            text.Append("null"u8);
            return;
        }
        text.Append("{"u8);
        text.AppendJsonNumber("count"u8, times.Count);
        AppendMember(ref text, "min"u8, times.Min);
        AppendMember(ref text, "mean"u8, (long)times.Mean);
        AppendMember(ref text, "deviation"u8, (long)times.StandardDeviation);
        foreach (int percentile in LatencyTable.Percentiles)
        {
            text.Append(",\"p"u8);
            LatencyTable.AppendPercentile(ref text, percentile);
            text.Append("\":"u8);
            text.Append(times.ValueAtPercentile(percentile / 100.0));
        }
        AppendMember(ref text, "max"u8, times.Max);
        text.Append("}"u8);
    }

    private static void AppendFailures(ref TextBuilder text, in Tally tally)
    {
        text.Append(",\"failures\":{"u8);
        bool isFirst = true;
        for (int errno = 0; errno < Tally.FailureKinds; errno++)
        {
            if (tally.Failures[errno] == 0) continue;
            if (!isFirst) text.Append(","u8);
            isFirst = false;
            ReadOnlySpan<byte> name = errno switch
            {
                Tally.ClosedByServer => "closed"u8,
                Tally.NotResolved => Failure.Dns.Word,
                _ => Errno.Name(errno),
            };
            text.AppendJsonNumber(name, tally.Failures[errno]);
        }
        text.Append("}"u8);
    }
}
