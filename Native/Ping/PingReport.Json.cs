// The summary of epollecho ping as one JSON document; times are in nanoseconds.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Output;

namespace Epollecho.Native.Ping;

internal readonly unsafe partial struct PingReport
{
    /// <summary>The document's greatest length: host and last failure are less than 2 KB even if
    /// every byte of theirs has to be escaped.</summary>
    private const int MaxJsonLength = 8192;

    private bool TryWriteJson(in PingResults results, Endpoint address)
    {
        Span<byte> buffer = stackalloc byte[MaxJsonLength];
        Span<byte> piece = stackalloc byte[LineSink.MaxLineLength];
        Json json = new(buffer);
        json.BeginObject();
        json.Member("host"u8, Host);
        json.Member("port"u8, options.Target.Port);
        TextBuilder text = new(piece);
        text.Append(address);
        if (address.IsNone) json.Null("address"u8);
        else json.Member("address"u8, text.Written);
        json.Member("size"u8, options.SizeBytes);
        json.Member("sent"u8, results.Sent);
        json.Member("received"u8, results.Times.Count);
        json.Member("elapsed_ns"u8, (Instant.Now - start).Nanoseconds);
        json.AppendTimes("round_trip_ns"u8, results.Times);
        json.AppendFailures("failures"u8, results.Failures);
        text = new(piece);
        results.AppendLastFailure(ref text);
        if (results.LastFailure == Failure.None) json.Null("last_failure"u8);
        else json.Member("last_failure"u8, text.Written);
        json.EndObject();
        return StandardOutput.TryWrite(json.Document);
    }
}
