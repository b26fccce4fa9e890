// epollecho ping: round trips on a schedule, until so many are done or a signal comes.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Net;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Ping;

internal static class PingCommand
{
    /// <summary>The exit status: 0 if all came back, 1 if not.</summary>
    public static int Run(in PingOptions options)
    {
        PingReport report = new(options);
        if (!PingResults.TryCreate(out PingResults results))
        {
            Log.WriteError("not enough address space for the histogram"u8);
            return 1;
        }
        Connector connector = options.Target.CreateConnector();
        if (!connector.TryResolve())
        {
            report.WriteUnresolved(ref results, connector);
            return 1;
        }
        PingTarget target = new(0, connector, options);
        bool isDone = TryPing(ref target, ref results, report, options)
            && report.TryWriteSummary(results, target.Address);
        return isDone && results.IsComplete ? 0 : 1;
    }

    /// <summary>False, with a message, if it cannot begin or if stdout fails.</summary>
    private static bool TryPing(
        ref PingTarget target, ref PingResults results, in PingReport report,
        in PingOptions options)
    {
        // Not before the name is resolved: Ctrl-C can then end a resolver that waits.
        int signalFd = Signals.Open([LibC.SIGINT, LibC.SIGTERM, LibC.SIGHUP, LibC.SIGQUIT]);
        if (signalFd < 0) return Fail("cannot create a signalfd"u8, -signalFd);
        int result = EventLoop<EpollPoller>.TryCreate(
            PollerKind.Epoll, descriptors: 2, timers: 1, out EventLoop<EpollPoller> loop);
        if (result < 0) return Fail("cannot create an event loop"u8, -result);
        if (!report.TryWriteTitle(target.Address)) return false;
        Pinger pinger = new(
            ref loop, new Span<PingTarget>(ref target), new Span<PingResults>(ref results),
            report, options, signalFd);
        while (!pinger.IsDone)
        {
            result = loop.Turn(ref pinger);
            if (result < 0) InternalError.Abort("epoll_wait"u8, -result);
        }
        target.Close();
        return !pinger.OutputHasFailed;
    }

    private static bool Fail(ReadOnlySpan<byte> what, int errno)
    {
        Log.WriteError(what, errno);
        return false;
    }
}
