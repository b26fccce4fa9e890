// The server as a process: takes its signals, its limits and its descriptors, opens the worker,
// writes the port file, runs the loop until it is told to end, and says what it came to.
using System;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Net;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Calls;
using Epollecho.Native.Server.Session;
using Tmds.Linux;

namespace Epollecho.Native.Server;

internal unsafe struct ServerProcess<TPoller, TCalls>
    where TPoller : unmanaged, IPoller<TPoller>
    where TCalls : struct, ICalls
{
    private ServerOptions options;
    private Log* log;
    private Worker<TPoller, TCalls> worker;
    private EventLoop<TPoller>* loop;
    private int signalFd;

    /// <summary>Serves until a signal ends it. The exit status: 0, or 1 if it could not start.
    /// </summary>
    public static int Run(in ServerOptions options, TCalls calls)
    {
        Process.OwnDescriptorTable();
        Log log = Log.Open(options.Verbosity);
        EventLoop<TPoller> loop;
        ServerProcess<TPoller, TCalls> server = new()
        {
            options = options,
            log = &log,
            loop = &loop,
        };
        if (!server.TryOpenWorker(calls) || !server.TryOpenSignals() || !server.TryListen())
            return 1;
        if (!server.TryFollowParent()) return 0;
        if (!server.TryWritePortFile()) return 1;
        server.ReportStart();
        server.Loop();
        server.worker.CloseAll();
        if (log.Shows(Verbosity.Normal)) server.ReportStatistics();
        if (options.PortFile != null) PortFile.Remove(options.PortFile);
        return 0;
    }

    private void Loop()
    {
        worker.Engine.Transfer.Sessions.Statistics.StartAllocationCount();
        ProgramImage.ForgetCode(); // of the start, which is over
        while (!worker.IsFinished)
        {
            int result = loop->Turn(ref worker);
            if (result < 0) InternalError.Abort(loop->Poller.WaitCall, -result);
            if (worker.SignalIsReady) TakeSignals();
        }
    }

    private void TakeSignals()
    {
        worker.SignalIsReady = false;
        int signal;
        while ((signal = Signals.Read(signalFd)) > 0)
        {
            if (signal == LibC.SIGUSR1) ReportStatistics();
            else if (worker.IsStopping) worker.Finish(); // asked twice: at once
            else BeginStop();
        }
    }

    private void BeginStop()
    {
        worker.BeginStop(options.Grace);
        if (!log->Shows(Verbosity.Normal)) return;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        int open = worker.ConnectionCount;
        text.Append($"stopping: {new Counted(open, "connection"u8)} open");
        if (open > 0) text.Append($", up to {options.Grace.InSeconds} s of grace");
        log->Write(text.Written);
    }

    private bool TryOpenWorker(TCalls calls)
    {
        bool limitsFiles = Process.LimitOpenFiles(options.Poller.DescriptorLimit());
        int result = worker.Open(options, calls, log, limitsFiles, loop);
        if (result == -LibC.ENOMEM)
            return Log.Fail("cannot reserve memory; give less to --buffer or raise ulimit -v"u8);
        return result >= 0 || Log.Fail("cannot set up polling"u8, -result);
    }

    private bool TryOpenSignals()
    {
        signalFd = Signals.Open([LibC.SIGTERM, LibC.SIGINT, LibC.SIGUSR1, LibC.SIGHUP]);
        if (signalFd < 0) return Log.Fail("cannot create a signalfd"u8, -signalFd);
        int result = loop->Poller.Add(
            signalFd, new Token(TokenKind.Signal, signalFd), LibC.EPOLLIN);
        return result >= 0 || Log.Fail("cannot watch the signalfd"u8, -result);
    }

    private bool TryListen()
    {
        int result = worker.Listeners.Open(options, out Endpoint failed);
        if (result < 0)
        {
            Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
            TextBuilder text = new(buffer);
            text.Append($"cannot listen on {failed}");
            return Log.Fail(text.Written, -result);
        }
        result = worker.Listeners.Watch(ref loop->Poller);
        return result >= 0 || Log.Fail("cannot watch the listening socket"u8, -result);
    }

    /// <summary>False if it is to end with its parent, and that has ended.</summary>
    private readonly bool TryFollowParent()
    {
        if (!options.Parent.IsOn
            || Process.SignalWhenParentEnds(LibC.SIGTERM, options.Parent.Process)) return true;
        return Log.Fail("not started: the parent process has ended"u8);
    }

    private readonly bool TryWritePortFile()
    {
        if (options.PortFile == null) return true;
        int result = PortFile.Write(options.PortFile, worker.Listeners.EndpointOf(0).Port);
        if (result >= 0) return true;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        ReadOnlySpan<byte> path =
            MemoryMarshal.CreateReadOnlySpanFromNullTerminated(options.PortFile);
        text.Append($"cannot write the port to {path}");
        return Log.Fail(text.Written, -result);
    }

    private readonly void ReportStart()
    {
        if (!log->Shows(Verbosity.Normal)) return;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("listening on "u8);
        for (int i = 0; i < worker.Listeners.Count; i++)
        {
            if (i > 0) text.Append(", "u8);
            text.Append(worker.Listeners.EndpointOf(i));
        }
        log->Write(text.Written);
    }

    private readonly void ReportStatistics()
    {
        ref readonly Statistics counted = ref worker.Engine.Transfer.Sessions.Statistics;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"statistics: connections={worker.ConnectionCount} total={counted.Accepted} ");
        text.Append($"refused={counted.Refused} bytes_in={counted.BytesIn} ");
        text.Append($"bytes_out={counted.BytesOut} bytes_spilled={counted.BytesSpilled} ");
        text.Append($"gc_allocated_bytes={counted.AllocatedBytes} ");
        text.Append($"gc_collections={counted.Collections}");
        if (options.MeasuresWait)
            text.Append($" turns={loop->Turns} wait_us={loop->Waited.Microseconds}");
        log->Write(text.Written);
    }
}
