// The results of a load as one JSON object, of which docs/json.md describes each key: what was not
// asked for, or not measured, is null.
using System;
using System.Runtime.InteropServices;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Epollecho.Native.Net;

namespace Epollecho.Native.Bench;

internal static unsafe class BenchJson
{
    /// <summary>Room for a host with its zone, brackets and a port.</summary>
    private const int MaxAddressLength = 128;

    public static ReadOnlySpan<byte> Write(
        Span<byte> buffer, in BenchOptions options, Endpoint server, in Tally tally)
    {
        Json json = new(buffer);
        json.BeginObject();
        AppendTarget(ref json, options, server);
        AppendCounts(ref json, options, tally);
        AppendRates(ref json, options, tally);
        json.AppendTimes("connect_ns"u8, tally.ConnectTime);
        json.AppendTimes("latency_from_send_ns"u8, tally.LatencyFromSend);
        json.AppendTimes("latency_from_plan_ns"u8, tally.LatencyFromPlan);
        json.AppendFailures("failures"u8, KindsOf(tally));
        json.EndObject();
        return json.Document;
    }

    private static void AppendTarget(
        ref Json json, in BenchOptions options, Endpoint server)
    {
        Span<byte> buffer = stackalloc byte[MaxAddressLength];
        TextBuilder address = new(buffer);
        address.Append(server);
        json.Member("host"u8,
            MemoryMarshal.CreateReadOnlySpanFromNullTerminated(options.Target.Host));
        if (server.IsNone) json.Null("address"u8);
        else json.Member("address"u8, address.Written);
        json.Member("mode"u8, options.Mode switch
        {
            LoadMode.Stream => "stream"u8,
            LoadMode.Churn => "churn"u8,
            _ => "echo"u8,
        });
        json.Member("connections"u8, options.Connections);
        json.Member("size"u8, options.SizeBytes);
        json.Member("pipeline"u8, options.Pipeline);
        json.Member("workers"u8, options.Workers);
        if (options.Rate > 0) json.Member("target_rate"u8, options.Rate);
        else json.Null("target_rate"u8);
    }

    private static void AppendCounts(ref Json json, in BenchOptions options, in Tally tally)
    {
        json.Member("elapsed_ns"u8, tally.Elapsed.Nanoseconds);
        json.Member("opened"u8, tally.Opened);
        json.Member("not_tried"u8, tally.NotTried);
        json.Member("closed"u8, tally.Closed);
        json.Member("sent"u8, tally.Sent);
        json.Member("received"u8, tally.Received);
        json.Member("measured"u8, tally.Measured);
        json.Member("lost"u8, tally.Lost);
        if (options.Rate > 0) json.Member("not_sent"u8, tally.NotSent);
        else json.Null("not_sent"u8);
        json.Member("bytes_sent"u8, tally.BytesSent);
        json.Member("bytes_received"u8, tally.BytesReceived);
        json.Member("bytes_lost"u8, tally.BytesLost);
        json.Member("wrong_connections"u8, tally.Wrong);
        json.Member("gc_allocated_bytes"u8, tally.GcAllocatedBytes);
    }

    private static void AppendRates(ref Json json, in BenchOptions options, in Tally tally)
    {
        Duration elapsed = tally.Elapsed;
        json.Member(
            "messages_per_second"u8, BenchReport.PerSecond(tally.Measured, elapsed));
        if (options.Mode == LoadMode.Churn)
        {
            json.Member(
                "connections_per_second"u8, BenchReport.PerSecond(tally.Closed, elapsed));
        }
        else
        {
            json.Null("connections_per_second"u8);
        }
        json.Member(
            "bytes_per_second_out"u8, BenchReport.PerSecond(tally.BytesSent, elapsed));
        json.Member(
            "bytes_per_second_back"u8, BenchReport.PerSecond(tally.BytesReceived, elapsed));
    }

    private static FailureCounts KindsOf(in Tally tally)
    {
        FailureCounts kinds = default;
        for (int errno = 1; errno < Tally.NotResolved; errno++)
        {
            if (tally.FailuresByErrno[errno] > 0)
                kinds.Add(Failure.Of(errno), tally.FailuresByErrno[errno]);
        }
        kinds.Add(Failure.Reset, tally.FailuresByErrno[Tally.ClosedByServer]);
        kinds.Add(Failure.Dns, tally.FailuresByErrno[Tally.NotResolved]);
        kinds.Add(Failure.Mismatch, tally.Wrong);
        return kinds;
    }
}
