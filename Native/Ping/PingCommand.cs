// epollecho ping: round trips on a schedule, until so many are done or a signal comes.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Output;

namespace Epollecho.Native.Ping;

internal static class PingCommand
{
    private const long NsPerMs = 1_000_000;

    /// <summary>The exit status: 0 if all came back, 1 if not.</summary>
    public static int Run(in PingOptions options)
    {
        if (!PingReport.TryCreate(options, out PingReport report)) return 1;
        Connector connector = Connector.For(options.Target);
        if (!connector.TryResolve())
        {
            report.FailToResolve(connector);
            _ = report.TryEndUnresolved(); // it is a failure in any case
            return 1;
        }
        if (!PingSignals.TryOpen(out PingSignals signals)) return 1;
        Pinger pinger = Pinger.Create(connector, options, signals.EndFd);
        bool done = report.TryBegin(pinger.Address)
            && TryPingAll(ref pinger, ref report, options, signals)
            && report.TryEnd(pinger.Address);
        pinger.Close();
        return done && report.IsComplete ? 0 : 1;
    }

    /// <summary>False if stdout fails.</summary>
    private static bool TryPingAll(
        ref Pinger pinger, ref PingReport report, in PingOptions options, in PingSignals signals)
    {
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        long nextNs = Clock.MonotonicNs();
        for (long sequence = 1; options.Count == 0 || sequence <= options.Count; sequence++)
        {
            if (!TryAwait(nextNs, signals, report)) return true;
            // Where a reply took longer than the interval, the schedule starts anew.
            long intervalNs = options.Interval.Milliseconds * NsPerMs;
            long nowNs = Clock.MonotonicNs();
            nextNs = nextNs + intervalNs < nowNs ? nowNs + intervalNs : nextNs + intervalNs;
            TextBuilder reason = new(buffer);
            Failure failure = pinger.Ping(sequence, ref reason, out long elapsedNs);
            if (pinger.WasInterrupted) return true; // it was under way, and counts as neither
            if (failure != Failure.None) report.AddLoss(sequence, failure, reason.Written);
            else if (!report.TryAddReply(sequence, pinger.Address, elapsedNs)) return false;
        }
        return true;
    }

    /// <summary>Waits for the time, telling the state whenever it is asked for; false if a signal
    /// to end comes.</summary>
    private static bool TryAwait(long timeNs, in PingSignals signals, in PingReport report)
    {
        while (true)
        {
            long leftNs = long.Max(0, timeNs - Clock.MonotonicNs());
            int leftMs = (int)((leftNs + NsPerMs - 1) / NsPerMs); // a day at the most
            int result = signals.Await(leftMs);
            if (result <= 0) return result == 0;
            report.TellState();
        }
    }
}
