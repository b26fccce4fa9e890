// What came of all round trips to one target: the times of those that came back, and how many
// failed and why. Owns the histogram.
using System;
using System.Runtime.CompilerServices;
using Epollecho.Native.Base;
using Epollecho.Native.Net;

namespace Epollecho.Native.Ping;

internal struct PingResults
{
    private const int MaxReasonLength = 512; // what is longer is cut off

    /// <summary>Of the round trips that came back.</summary>
    public Histogram Times;

    /// <summary>Of those that did not, and of a name that was not resolved.</summary>
    public FailureCounts Failures;

    private ReasonText lastReason;
    private int lastReasonLength;

    /// <summary>Round trips that have been begun and have ended.</summary>
    public long Sent { get; private set; }

    public Failure LastFailure { get; private set; }

    /// <summary>Did all come back, and at least one?</summary>
    public readonly bool IsComplete => Sent > 0 && Times.Count == Sent;

    /// <summary>False if there is no address space for the histogram.</summary>
    public static bool TryCreate(out PingResults results)
    {
        results = default;
        return Histogram.TryCreate(out results.Times);
    }

    public void AddReply(Duration roundTrip)
    {
        Sent++;
        Times.Record(roundTrip.Nanoseconds);
    }

    public void AddLoss(Failure kind, scoped ReadOnlySpan<byte> reason)
    {
        Sent++;
        AddFailure(kind, reason);
    }

    /// <summary>Adds what has failed before anything could be sent.</summary>
    public void AddFailure(Failure kind, scoped ReadOnlySpan<byte> reason)
    {
        Failures.Add(kind);
        LastFailure = kind;
        lastReasonLength = int.Min(reason.Length, MaxReasonLength);
        reason[..lastReasonLength].CopyTo(lastReason);
    }

    /// <summary>Appends "RESET seq=7: the server has closed the connection".</summary>
    public readonly void AppendLastFailure(ref TextBuilder text)
    {
        ReadOnlySpan<byte> reason = ((ReadOnlySpan<byte>)lastReason)[..lastReasonLength];
        text.Append($"{LastFailure.Word} {reason}");
    }

    [InlineArray(MaxReasonLength)]
    private struct ReasonText
    {
        private byte first;
    }
}
