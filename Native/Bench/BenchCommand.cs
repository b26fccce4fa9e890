// epollecho bench: finds the server, loads it, and reports.
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Epollecho.Native.Net;
using Epollecho.Native.Options;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Bench;

internal static unsafe class BenchCommand
{
    /// <summary>Descriptors beside the connections: standard streams, signals, the runtime's own,
    /// and an epoll instance a worker.</summary>
    private const int OtherDescriptors = 16;

    /// <summary>The exit status: 0 if every byte came back, 1 if not.</summary>
    public static int Run(in BenchOptions options)
    {
        Connector connector = options.Target.CreateConnector();
        int socket = connector.TryResolve() ? connector.Connect() : -1;
        if (socket < 0) return ReportUnreachable(options, connector);
        Files.Close(socket); // all that was to be known is which address answers
        if (!HasDescriptors(options)) return 1;
        int fileFd = -1;
        if (options.DistributionFile != null)
        {
            // Created now, so that a wrong name is reported before the load.
            fileFd = Files.Create(options.DistributionFile);
            if (fileFd < 0) return ReportFile(-fileFd);
        }
        if (!TryLoad(options, connector.Address, out Tally tally)) return 1;
        if (!BenchReport.TryWrite(options, connector.Address, tally)) return 1;
        if (fileFd >= 0)
        {
            int result = DistributionFile.Write(
                fileFd, options.Rate > 0 ? tally.LatencyFromPlan : tally.LatencyFromSend);
            Files.Close(fileFd);
            if (result < 0) return ReportFile(-result);
        }
        return tally.IsGood ? 0 : 1;
    }

    private static int ReportUnreachable(in BenchOptions options, in Connector connector)
    {
        TargetOptions.LogNotConnected(connector);
        if (!options.IsJson) return 1;
        Tally nothing = new() { NotTried = options.Connections };
        nothing.AddFailure(connector.Failure == Failure.Dns
            ? Tally.NotResolved : connector.ConnectErrno);
        _ = BenchReport.TryWrite(options, connector.Address, nothing); // it has failed anyway
        return 1;
    }

    private static int ReportFile(int errno)
    {
        Log.WriteError("cannot write the distribution"u8, errno);
        return 1;
    }

    private static bool HasDescriptors(in BenchOptions options)
    {
        _ = Process.LimitOpenFiles(int.MaxValue); // as many as may be
        long limit = Process.OpenFileLimit;
        int count = options.Connections;
        if (limit == 0 || count + options.Workers + OtherDescriptors <= limit) return true;
        System.Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"{count} connections need more open files than the limit of {limit}");
        text.Append(" (ulimit -Hn)"u8);
        return Log.Fail(text.Written);
    }

    private static bool TryLoad(
        in BenchOptions options, Endpoint server, out Tally tally)
    {
        tally = default;
        int signalFd = Signals.Open([LibC.SIGINT, LibC.SIGTERM, LibC.SIGHUP]);
        if (signalFd < 0) return Log.Fail("cannot create a signalfd"u8, -signalFd);
        Process.MakeTimersPrecise();
        bool showsProgress = !options.IsQuiet && StandardError.IsTerminal;
        return ParallelLoad.TryRun(
            LoadOf(options), server, options.WarmUp, options.Duration, signalFd, showsProgress,
            out tally);
    }

    private static GeneratorOptions LoadOf(in BenchOptions options) => new()
    {
        Mode = options.Mode,
        Connections = options.Connections,
        Active = options.Connections,
        Count = options.Count,
        SizeBytes = options.SizeBytes,
        Pipeline = options.Pipeline,
        Rate = options.Rate,
        ConnectRate = options.ConnectRate,
        Timeout = options.Target.Timeout,
        Workers = options.Workers,
        SkipsVerification = options.SkipsVerification,
    };
}
