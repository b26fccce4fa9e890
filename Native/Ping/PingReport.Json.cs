// The summary of epollecho ping as one JSON document; times are in nanoseconds.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Output;

namespace Epollecho.Native.Ping;

internal unsafe partial struct PingReport
{
    private readonly void AppendJson(ref TextBuilder text, in SocketAddress address)
    {
        text.Append("{\"host\":"u8);
        text.AppendJsonString(Host);
        text.Append(","u8);
        text.AppendJsonNumber("port"u8, options.Target.Port);
        text.Append(",\"address\":"u8);
        if (address.Family != 0) AppendQuoted(ref text, address);
        else text.Append("null"u8);
        text.Append(","u8);
        text.AppendJsonNumber("size"u8, options.SizeBytes);
        text.Append(","u8);
        text.AppendJsonNumber("sent"u8, sent);
        text.Append(","u8);
        text.AppendJsonNumber("received"u8, times.Count);
        text.Append(","u8);
        text.AppendJsonNumber("elapsed_ns"u8, Clock.MonotonicNs() - startNs);
        AppendTimesJson(ref text);
        text.Append(",\"failures\":{"u8);
        for (Failure kind = Failure.Timeout; kind <= Failure.Other; kind++)
        {
            if (kind != Failure.Timeout) text.Append(","u8);
            text.AppendJsonNumber(kind.Word, failures[(int)kind]);
        }
        text.Append("},\"last_failure\":"u8);
        if (lastFailure == Failure.None)
        {
            text.Append("null}\n"u8);
            return;
        }
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder failure = new(buffer);
        AppendLastFailure(ref failure);
        text.AppendJsonString(failure.Written);
        text.Append("}\n"u8);
    }

    private static void AppendQuoted(ref TextBuilder text, in SocketAddress address)
    {
        text.Append("\""u8);
        text.Append(address);
        text.Append("\""u8);
    }

    private readonly void AppendTimesJson(ref TextBuilder text)
    {
        text.Append(",\"round_trip_ns\":"u8);
        if (times.Count == 0)
        {
            text.Append("null"u8);
            return;
        }
        text.Append("{"u8);
        text.AppendJsonNumber("min"u8, times.Min);
        text.Append(","u8);
        text.AppendJsonNumber("mean"u8, (long)times.Mean);
        text.Append(","u8);
        text.AppendJsonNumber("max"u8, times.Max);
        text.Append(","u8);
        text.AppendJsonNumber("mdev"u8, (long)times.StandardDeviation);
        text.Append(","u8);
        text.AppendJsonNumber("p50"u8, times.ValueAtPercentile(50));
        text.Append(","u8);
        text.AppendJsonNumber("p99"u8, times.ValueAtPercentile(99));
        text.Append("}"u8);
    }
}
