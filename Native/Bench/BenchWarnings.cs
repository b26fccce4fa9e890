// What makes the results of a load mean something else than they seem to, as messages.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Epollecho.Native.Net;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Bench;

internal static class BenchWarnings
{
    /// <summary>An achieved rate below this share of its target is warned of, unless what is
    /// missing could have come within so short a time.</summary>
    private const double RateTolerance = 0.99;
    private const double LagSeconds = 0.01;

    public static void Write(in BenchOptions options, in Tally tally)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        if (tally.Wrong > 0)
        {
            text.Append("other bytes came back than were sent, on "u8);
            text.Append(tally.Wrong);
            text.Append(" connections; first on number "u8);
            text.Append(tally.WrongConnection);
            text.Append(" at byte "u8);
            text.Append(tally.WrongOffset);
            Log.WriteError(text.Written);
        }
        if (tally.Failures[LibC.EADDRNOTAVAIL] > 0)
        {
            Log.WriteError(options.Mode == BenchMode.Churn
                ? "no local port was free: closed connections keep theirs for a minute; see "u8
                    + "net.ipv4.tcp_tw_reuse and net.ipv4.ip_local_port_range"u8
                : "no local port was free for more connections to this address; see "u8
                    + "net.ipv4.ip_local_port_range"u8);
        }
        if (!HasMissedRate(options, tally)) return;
        text = new(buffer);
        text.Append("warning: "u8);
        text.AppendThousandths(BenchReport.PerSecond(tally.Measured, tally.ElapsedNs));
        text.Append(" messages/s came back of the "u8);
        text.Append(options.Rate);
        text.Append(" that were planned"u8);
        Log.WriteError(text.Written);
    }

    private static bool HasMissedRate(in BenchOptions options, in Tally tally)
    {
        double planned = (double)options.Rate * tally.ElapsedNs / 1e9;
        // Each worker may be one message from the next when the time is over.
        double tolerated = options.Workers + 1 + (options.Rate * LagSeconds);
        return tally.Measured + tolerated < planned * RateTolerance;
    }
}
