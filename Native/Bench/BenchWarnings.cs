// What makes the results of a load mean something else than they seem to, as messages.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Bench;

internal static class BenchWarnings
{
    /// <summary>An achieved rate below this share of its target is warned of, unless what is
    /// missing could have come within so short a time.</summary>
    private const double RateTolerance = 0.99;
    private static Duration Lag => Duration.FromMilliseconds(10);

    public static void Write(in BenchOptions options, in Tally tally)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        if (tally.Wrong > 0)
        {
            text.Append(
                $"other bytes came back than were sent, on {tally.Wrong} connections; first on ");
            text.Append($"number {tally.WrongConnection} at byte {tally.WrongOffset}");
            Log.WriteError(text.Written);
        }
        if (tally.FailuresByErrno[LibC.EADDRNOTAVAIL] > 0)
        {
            Log.WriteError(options.Mode == LoadMode.Churn
                ? "no local port was free: closed connections keep theirs for a minute; see "u8
                    + "net.ipv4.tcp_tw_reuse and net.ipv4.ip_local_port_range"u8
                : "no local port was free for more connections to this address; see "u8
                    + "net.ipv4.ip_local_port_range"u8);
        }
        if (!HasMissedRate(options, tally)) return;
        text = new(buffer);
        FixedPoint rate = BenchReport.PerSecond(tally.Measured, tally.Elapsed);
        text.Append($"warning: {rate} messages/s came back of the {options.Rate}");
        text.Append(" that were planned"u8);
        Log.WriteError(text.Written);
    }

    private static bool HasMissedRate(in BenchOptions options, in Tally tally)
    {
        double planned = options.Rate * tally.Elapsed.Seconds;
        // Each worker may be one message from the next when the time is over.
        double tolerated = options.Workers + 1 + (options.Rate * Lag.Seconds);
        return tally.Measured + tolerated < planned * RateTolerance;
    }
}
