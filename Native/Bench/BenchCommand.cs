// epollecho bench: finds the server, lets the workers load it, and reports.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Client;
using Epollecho.Native.Load;
using Epollecho.Native.Net;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Bench;

internal static unsafe class BenchCommand
{
    private const int StandardError = 2;

    /// <summary>Descriptors beside the connections: standard streams, signals, the runtime's own,
    /// and an epoll instance a worker.</summary>
    private const int OtherDescriptors = 16;

    /// <summary>The exit status: 0 if every byte came back, 1 if not.</summary>
    public static int Run(in BenchOptions options)
    {
        Connector connector = Connector.For(options.Target);
        int socket = connector.TryResolve() ? connector.Connect() : -1;
        if (socket < 0) return TellUnreachable(options, connector);
        Files.Close(socket); // all that was to be known is which address answers
        if (!HasDescriptors(options)) return 1;
        int fileFd = -1;
        if (options.DistributionFile != null)
        {
            // Now, so that a wrong name is not told after the load.
            fileFd = Files.Create(options.DistributionFile);
            if (fileFd < 0) return TellFile(-fileFd);
        }
        if (!TryLoad(options, connector.Address, out Tally tally)) return 1;
        if (!BenchReport.TryWrite(options, connector.Address, tally)) return 1;
        if (fileFd >= 0)
        {
            ref readonly Histogram written = ref options.Rate > 0
                ? ref tally.Corrected : ref tally.Latency;
            int result = DistributionFile.Write(fileFd, written);
            Files.Close(fileFd);
            if (result < 0) return TellFile(-result);
        }
        return tally.IsGood ? 0 : 1;
    }

    private static int TellUnreachable(in BenchOptions options, in Connector connector)
    {
        ClientReport.TellNotConnected(connector);
        if (!options.IsJson) return 1;
        Tally nothing = new() { NotTried = options.Connections };
        bool isResolved = connector.Failure != Failure.Dns;
        nothing.Failures[isResolved ? connector.ConnectErrno : Tally.NotResolved] = 1;
        _ = BenchReport.TryWrite(options, connector.Address, nothing); // it has failed anyway
        return 1;
    }

    private static int TellFile(int errno)
    {
        Log.WriteError("cannot write the distribution"u8, errno);
        return 1;
    }

    private static bool HasDescriptors(in BenchOptions options)
    {
        _ = Process.LimitOpenFiles(int.MaxValue); // as many as may be
        long limit = Process.OpenFileLimit;
        if (limit == 0 || options.Connections + options.Workers + OtherDescriptors <= limit)
            return true;
        System.Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append(options.Connections);
        text.Append(" connections need more open files than the limit of "u8);
        text.Append(limit);
        text.Append(" (ulimit -Hn)"u8);
        Log.WriteError(text.Written);
        return false;
    }

    private static bool TryLoad(
        in BenchOptions options, in SocketAddress server, out Tally tally)
    {
        tally = default;
        int signalFd = Signals.Open([LibC.SIGINT, LibC.SIGTERM, LibC.SIGHUP]);
        if (signalFd < 0) return Fail("cannot create a signalfd"u8, -signalFd);
        Process.MakeTimersPrecise();
        BenchShared shared = new()
        {
            Pattern = Pattern.Create(),
            Workers = options.Workers,
            Tallies = (Tally*)NativeMemory.AllocZeroed(
                (nuint)options.Workers, (nuint)sizeof(Tally)),
            SignalFd = signalFd,
            ShowsProgress = !options.IsQuiet
                && Files.KindOf(StandardError) == FileKind.Terminal,
        };
        BenchWorker* workers = (BenchWorker*)NativeMemory.AllocZeroed(
            (nuint)options.Workers, (nuint)sizeof(BenchWorker));
        for (int i = 0; i < options.Workers; i++)
        {
            if (!Tally.TryCreate(out shared.Tallies[i])) return false;
            int result = BenchWorker.Create(options, &shared, server, i, out workers[i]);
            if (result < 0) return Fail("cannot prepare the load"u8, -result);
        }
        if (!TryRunAll(workers, options.Workers)) return false;
        shared.EndProgress();
        for (int i = 1; i < options.Workers; i++) shared.Tallies[0].Merge(shared.Tallies[i]);
        tally = shared.Tallies[0];
        return true;
    }

    private static bool TryRunAll(BenchWorker* workers, int count)
    {
        nuint* threads = stackalloc nuint[BenchOptions.MaxWorkers];
        for (int i = 1; i < count; i++)
        {
            int result = WorkerThread.Start(&RunWorker, workers + i, out threads[i]);
            if (result < 0) return Fail("cannot start a thread"u8, -result);
        }
        workers[0].Run();
        for (int i = 1; i < count; i++) WorkerThread.Join(threads[i]);
        return true;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void* RunWorker(void* worker)
    {
        WorkerThread.Prepare();
        ((BenchWorker*)worker)->Run();
        return null;
    }

    private static bool Fail(System.ReadOnlySpan<byte> what, int errno)
    {
        Log.WriteError(what, errno);
        return false;
    }
}
