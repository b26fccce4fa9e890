// epollecho ping: round trips on a schedule, until so many are done or a signal comes.
using System;
using Epollecho.Interop;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Client;

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
        // Not before: a resolver that waits can be ended by Ctrl-C.
        int signalFd = Signals.Open([LibC.SIGINT, LibC.SIGTERM, LibC.SIGHUP]);
        if (signalFd < 0)
        {
            Log.WriteError("cannot create a signalfd"u8, -signalFd);
            return 1;
        }
        Pinger pinger = Pinger.Create(connector, options, signalFd);
        bool done = report.TryBegin(pinger.Address)
            && TryPingAll(ref pinger, ref report, options, signalFd)
            && report.TryEnd(pinger.Address);
        pinger.Close();
        return done && report.IsComplete ? 0 : 1;
    }

    /// <summary>False if stdout fails.</summary>
    private static bool TryPingAll(
        ref Pinger pinger, ref PingReport report, in PingOptions options, int signalFd)
    {
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        long nextNs = Clock.MonotonicNs();
        for (long sequence = 1; options.Count == 0 || sequence <= options.Count; sequence++)
        {
            if (IsInterruptedUntil(nextNs, signalFd)) return true;
            // Where a reply took longer than the interval, the schedule starts anew.
            nextNs = long.Max(nextNs + (options.IntervalMs * NsPerMs), Clock.MonotonicNs());
            TextBuilder reason = new(buffer);
            FailureKind failure = pinger.Ping(sequence, ref reason, out long elapsedNs);
            if (pinger.WasInterrupted) return true; // it was under way, and counts as neither
            if (failure != FailureKind.None) report.AddLoss(sequence, failure, reason.Written);
            else if (!report.TryAddReply(sequence, pinger.Address, elapsedNs)) return false;
        }
        return true;
    }

    private static bool IsInterruptedUntil(long timeNs, int signalFd)
    {
        long leftNs = long.Max(0, timeNs - Clock.MonotonicNs());
        int leftMs = (int)((leftNs + NsPerMs - 1) / NsPerMs); // a day at the most
        return Poll.AwaitOne(signalFd, LibC.POLLIN, leftMs, -1) != 0;
    }
}
