// The server: opens everything, then turns the loop until it is told to end. One thread, no
// garbage-collected memory. This file has the start, the loop and the end; the parts are in
// EchoServer.Accept.cs, .Echo.cs, .Splice.cs, .Rearm.cs, .Close.cs, .Calls.cs and .Report.cs.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Session;
using Tmds.Linux;

namespace Epollecho.Native.Server;

[InlineArray(ServerOptions.MaxAddresses)]
internal struct ListenerList
{
    private Listener first;
}

internal unsafe partial struct EchoServer<TPoller>
    where TPoller : unmanaged, IPoller<TPoller>
{
    /// <summary>Events taken from the kernel a turn; more wait for the next turn.</summary>
    private const int EventsPerTurn = 256;

    private const long NsPerMs = 1_000_000;

    private static Token SignalToken => new(TokenKind.Signal, 0);

    private ServerOptions options;
    private Log log;
    private TPoller poller;
    private WatchPlan plan;
    private bool pollerLimitsFiles; // not the machine's limit on open files, but the poller's
    private Trace trace;
    private ListenerList listeners;
    private int listenerCount;
    private int signalFd;
    private ConnectionTable table;
    private SocketAddress* peers; // by slot, when connections are logged; else null
    private SpillPool spill;
    private PipePool pipes;
    private byte* receiveBuffer;
    private SlotQueue ready;
    private SlotQueue closing;
    private Statistics statistics;
    private long nowNs; // the clock, read once a turn
    private bool isStopping;
    private bool isFinished;
    private long stopDeadlineNs;
    private bool acceptingIsPaused;
    private long resumeAcceptingNs;
    private long nextAcceptWarningNs;

    /// <summary>Serves until a signal ends it. The exit status: 0, or 1 if it could not start.
    /// </summary>
    public static int Run(in ServerOptions options)
    {
        Process.OwnDescriptorTable();
        EchoServer<TPoller> server = default;
        server.options = options;
        server.plan = new WatchPlan(options.Trigger, options.Strategy);
        server.log = Log.Open(options.Verbosity);
        server.pollerLimitsFiles = Process.LimitOpenFiles(options.Poller.DescriptorLimit());
        if (!server.TryAllocate() || !server.TryOpenLoop() || !server.TryListen()) return 1;
        if (!server.TryFollowParent()) return 0;
        if (!server.TryOpenTrace() || !server.TryWritePortFile()) return 1;
        server.ReportStart();
        ProgramImage.ForgetCode();
        server.Loop();
        server.CloseAll();
        server.trace.Close();
        server.ReportEnd();
        if (options.PortFile != null) PortFile.Remove(options.PortFile);
        return 0;
    }

    /// <summary>False if it is to end with its parent, and that has ended.</summary>
    private readonly bool TryFollowParent()
    {
        if (!options.EndsWithParent
            || Process.SignalWhenParentEnds(LibC.SIGTERM, options.ParentProcess)) return true;
        Log.WriteError("not started: the parent process has ended"u8);
        return false;
    }

    private void Loop()
    {
        epoll_event* events = stackalloc epoll_event[EventsPerTurn];
        statistics.StartAllocationCount();
        while (!isFinished)
        {
            int count = Wait(events);
            if (count < 0) InternalError.Abort(poller.WaitCall, -count);
            for (int i = 0; i < count; i++)
                Dispatch(new Token(events[i].data.u64), events[i].events);
            RunReady();
            CloseMarked();
            ExpireTimers();
        }
    }

    private void Dispatch(Token token, int events)
    {
#if ALLOCATION_CONTROL
        GC.KeepAlive(new object());
#endif
        int slot = table.SlotOf(token);
        if (slot != ConnectionTable.None) OnConnectionEvent(slot, events);
        else if (token.Kind == TokenKind.Signal) OnSignal();
        else if (token.Kind == TokenKind.Listener && !isStopping) OnListenerEvent(token.Index);
        // else stale: the connection has been closed since the kernel noted the event
    }

    /// <summary>How long the next wait may be: not at all while connections are ready, else up
    /// to the next deadline, rounded up; -1 for ever.</summary>
    private readonly int NextTimeoutMs()
    {
        if (ready.Count > 0) return 0;
        long deadlineNs = long.MaxValue;
        if (isStopping) deadlineNs = stopDeadlineNs;
        if (acceptingIsPaused) deadlineNs = long.Min(deadlineNs, resumeAcceptingNs);
        if (deadlineNs == long.MaxValue) return -1;
        long remainingNs = long.Max(0, deadlineNs - nowNs);
        return (int)long.Min(int.MaxValue, (remainingNs + NsPerMs - 1) / NsPerMs);
    }

    private void ExpireTimers()
    {
        if (isStopping && (table.Count == 0 || nowNs >= stopDeadlineNs)) isFinished = true;
        if (acceptingIsPaused && nowNs >= resumeAcceptingNs) ResumeAccepting();
    }

    private void OnSignal()
    {
        int signal;
        while ((signal = Signals.Read(signalFd)) > 0)
        {
            if (signal == LibC.SIGUSR1) ReportStatistics();
            else if (isStopping) isFinished = true; // asked twice: at once
            else BeginStop();
        }
    }

    /// <summary>Takes in who has connected already, then listens no more.</summary>
    private void BeginStop()
    {
        DrainListeners();
        for (int i = 0; i < listenerCount; i++)
        {
            poller.Remove(listeners[i].Fd);
            Files.Close(listeners[i].Fd);
        }
        isStopping = true;
        acceptingIsPaused = false;
        stopDeadlineNs = nowNs + (options.GraceMs * NsPerMs);
        ReportStop();
    }

    private bool TryAllocate()
    {
        ready = new(ConnectionFlags.Ready);
        closing = new(ConnectionFlags.Closing);
        receiveBuffer = ReservedMemory.Reserve(options.BufferBytes);
        if (receiveBuffer == null || !ConnectionTable.TryCreate(options.MaxConnections, out table))
        {
            Log.WriteError("cannot reserve memory; give less to --buffer or raise ulimit -v"u8);
            return false;
        }
        // Before the spill pool, which can do with little.
        int result = TPoller.TryCreate(
            options.Poller, table.Capacity + ServerOptions.MaxAddresses + 1, out poller);
        if (result < 0) return Fail("cannot set up polling"u8, -result);
        spill = SpillPool.Create(options.MemoryBytes, options.BufferBytes);
        pipes = PipePool.Create(options.Splices ? options.MemoryBytes : 0);
        if (log.Shows(Verbosity.Connections) || options.IsTraced)
            peers = (SocketAddress*)ReservedMemory.Reserve(
                (long)table.Capacity * sizeof(SocketAddress)); // null: logged without peers
        return true;
    }

    private bool TryOpenLoop()
    {
        signalFd = Signals.Open([LibC.SIGTERM, LibC.SIGINT, LibC.SIGUSR1, LibC.SIGHUP]);
        if (signalFd < 0) return Fail("cannot create a signalfd"u8, -signalFd);
        int result = poller.Add(signalFd, SignalToken, LibC.EPOLLIN);
        return result >= 0 || Fail("cannot watch the signalfd"u8, -result);
    }

    private bool TryOpenTrace()
    {
        int result = Trace.TryOpen(options.Trace, options.TraceFile, out trace);
        if (result >= 0) return true;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("cannot write a trace to "u8);
        text.Append(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(options.TraceFile));
        return Fail(text.Written, -result);
    }

    private bool TryWritePortFile()
    {
        if (options.PortFile == null) return true;
        int result = PortFile.Write(options.PortFile, listeners[0].Address.Port);
        if (result >= 0) return true;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("cannot write the port to "u8);
        text.Append(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(options.PortFile));
        return Fail(text.Written, -result);
    }

    /// <summary>Says what could not be done and why; false.</summary>
    private static bool Fail(scoped ReadOnlySpan<byte> what, int errno)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append(what);
        text.Append(": "u8);
        text.AppendErrno(errno);
        Log.WriteError(text.Written);
        return false;
    }
}
