// Why an exchange did not come to its end: the one list of kinds that every mode, report and
// metric uses, and the one mapping from errno. docs/failures.md is its description for users.
using System;
using System.Runtime.CompilerServices;
using Epollecho.Native.Base;
using Tmds.Linux;

namespace Epollecho.Native.Net;

/// <summary>A kind of failure. The number is its place in <see cref="FailureCounts"/>.</summary>
internal enum Failure : byte
{
    None,
    Timeout,
    Refused,
    Dns,
    Reset,
    Mismatch,
    Limit,
    Other, // the last one
}

internal static class Failures
{
    extension(Failure)
    {
        /// <summary>The kind of an errno value; 0 is none.</summary>
        public static Failure Of(int errno) => errno switch
        {
            0 => Failure.None,
            _ when errno == LibC.ETIMEDOUT => Failure.Timeout,
            _ when errno == LibC.ECONNREFUSED => Failure.Refused,
            // What send and shutdown say on a connection that was reset before.
            _ when errno == LibC.ECONNRESET || errno == LibC.EPIPE || errno == LibC.ENOTCONN =>
                Failure.Reset,
            _ when IsShortage(errno) => Failure.Limit,
            _ => Failure.Other,
        };
    }

    extension(Failure failure)
    {
        /// <summary>The kind in one word: for scripts, and the key in JSON.</summary>
        public ReadOnlySpan<byte> Word => failure switch
        {
            Failure.None => "NONE"u8,
            Failure.Timeout => "TIMEOUT"u8,
            Failure.Refused => "REFUSED"u8,
            Failure.Dns => "DNS"u8,
            Failure.Reset => "RESET"u8,
            Failure.Mismatch => "MISMATCH"u8,
            Failure.Limit => "LIMIT"u8,
            _ => "OTHER"u8,
        };

        /// <summary>The kind in one sentence, without its full stop.</summary>
        public ReadOnlySpan<byte> Meaning => failure switch
        {
            Failure.None => "nothing has failed"u8,
            Failure.Timeout => "no connection, or not all bytes back, in time"u8,
            Failure.Refused => "nothing listens at that address and port"u8,
            Failure.Dns => "the name does not resolve"u8,
            Failure.Reset => "the other side has reset the connection, or closed it too early"u8,
            Failure.Mismatch => "other bytes came back than were sent, or more"u8,
            Failure.Limit => "this side has no descriptor, memory or place left for it"u8,
            _ => "any other error, which the message names by its errno"u8,
        };
    }

    /// <summary>Appends a member whose value is an object with the count of every kind, those
    /// that are zero, too.</summary>
    public static void AppendFailures(
        this ref Json json, ReadOnlySpan<byte> name, in FailureCounts counts)
    {
        json.BeginObject(name);
        for (Failure kind = Failure.Timeout; kind <= Failure.Other; kind++)
            json.Member(kind.Word, counts[kind]);
        json.EndObject();
    }

    /// <summary>Is something of this machine's used up?</summary>
    private static bool IsShortage(int errno) =>
        errno == LibC.EMFILE || errno == LibC.ENFILE || errno == LibC.ENOMEM
        || errno == LibC.ENOBUFS || errno == LibC.ENOSPC;
}

/// <summary>How many failures of each kind there were.</summary>
internal struct FailureCounts
{
    private Counters counters;

    public readonly long this[Failure kind] => counters[(int)kind];

    /// <summary>Of all kinds.</summary>
    public readonly long Total
    {
        get
        {
            long total = 0;
            foreach (long count in counters) total += count;
            return total;
        }
    }

    /// <summary>Counts one that has failed; not <see cref="Failure.None"/>.</summary>
    public void Add(Failure kind, long times = 1) => counters[(int)kind] += times;

    /// <summary>Adds all that another one has counted.</summary>
    public void Merge(in FailureCounts other)
    {
        for (int i = 0; i <= (int)Failure.Other; i++) counters[i] += other.counters[i];
    }

    [InlineArray((int)Failure.Other + 1)]
    private struct Counters
    {
        private long first;
    }
}
