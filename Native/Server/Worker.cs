// A thread's share of the server: one loop and what it owns, listeners, engine, sessions. Takes
// connections in, hands events to the engine, closes what was marked at the end of each turn, and
// ends when it is told to. Shares nothing but the log.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Net;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Calls;
using Epollecho.Native.Server.Engine;
using Epollecho.Native.Server.Session;
using Tmds.Linux;

namespace Epollecho.Native.Server;

internal unsafe struct Worker<TPoller, TCalls> : ILoopOwner, IAdmission
    where TPoller : unmanaged, IPoller<TPoller>
    where TCalls : struct, ICalls
{
    // Timers of the worker, by number.
    private const int AcceptTimer = 0; // accepting goes on
    private const int GraceTimer = 1; // the time of those who are still there is over
    private const int TimerCount = 2;

    /// <summary>Descriptors that a worker watches beside connections: listeners and signals.
    /// </summary>
    private const int OtherDescriptors = Listeners.Capacity + 1;

    public EchoEngine<TCalls> Engine;
    public Listeners Listeners;

    private EventLoop<TPoller>* loop;
    private Log* log;
    private WatchPlan plan;
    private PollerKind pollerKind;
    private int maxConnections;
    private bool limitsFilesForPoller;
    private Instant nextAcceptWarning;
    private Endpoint peer; // of the connection that is being accepted

    public static bool ObservesWaits => TCalls.Observes;

    /// <summary>Has it been told to end? New connections are not taken any more.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>Is there nobody to serve any more, or no time?</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Is a signal to be read? Set by an event, cleared by whoever reads it.</summary>
    public bool SignalIsReady { get; set; }

    public readonly int ConnectionCount => Engine.Transfer.Sessions.Table.Count;

    public readonly Instant WaitLimit =>
        Engine.Transfer.Sessions.Ready.Count > 0 ? Instant.Start : Instant.Never;

    public readonly Endpoint* PeerBuffer
    {
        get
        {
            if (!Engine.Transfer.Sessions.KeepsPeers) return null;
            fixed (Endpoint* buffer = &peer) return buffer; // the worker does not move
        }
    }

    /// <summary>Sets up a worker, which must not move from then on: its memory, its loop. Where
    /// the address space is short, its tables are smaller. 0, or -errno.</summary>
    /// <param name="options">What the server was asked to do.</param>
    /// <param name="calls">How it makes its calls.</param>
    /// <param name="borrowedLog">The log, which is shared.</param>
    /// <param name="limitsFiles">Is the limit on open files the poller's?</param>
    /// <param name="into">Where the loop is to be, which must not move either.</param>
    public int Open(
        in ServerOptions options, TCalls calls, Log* borrowedLog, bool limitsFiles,
        EventLoop<TPoller>* into)
    {
        log = borrowedLog;
        loop = into;
        plan = new WatchPlan(options.Trigger, options.Strategy);
        pollerKind = options.Poller;
        limitsFilesForPoller = limitsFiles;
        maxConnections = options.MaxConnections;
        Engine.Strategy = options.Strategy;
        Engine.Transfer.Calls = calls;
        byte* buffer = ReservedMemory.Reserve(options.BufferBytes);
        ref Sessions sessions = ref Engine.Transfer.Sessions;
        if (buffer == null || !Sessions.TryCreate(maxConnections, out sessions))
            return -LibC.ENOMEM;
        Engine.Transfer.UseBuffer(buffer, options.BufferBytes, options.ReadBytes);
        // Before the blocks for unsent bytes, which can do with little.
        int result = EventLoop<TPoller>.TryCreate(
            pollerKind, sessions.Table.Capacity + OtherDescriptors, TimerCount, out *loop);
        if (result < 0) return result;
        loop->BusyPoll = options.BusyPoll;
        loop->MeasuresWaits = options.MeasuresWait;
        sessions.Open(
            UnsentPool.Create(
                options.MemoryBytes, options.BufferBytes, options.Splice == SplicePolicy.Auto),
            log, keepsPeers: options.IsTraced);
        return 0;
    }

    public void OnEvent(Token token, int events)
    {
#if ALLOCATION_CONTROL
        GC.KeepAlive(new object());
#endif
        int slot = Engine.Transfer.Sessions.Table.SlotOf(token);
        if (slot != ConnectionTable.None)
        {
            Connection* connection = Engine.Transfer.Sessions.Table[slot];
            if (Engine.NoteEvent(connection, events)) Serve(slot, connection);
        }
        else if (token.Kind == TokenKind.Signal)
        {
            SignalIsReady = true;
        }
        else if (token.Kind == TokenKind.Listener && !IsStopping && !Listeners.ArePaused)
        {
            Accept(token.Index);
        }
        // else stale: the connection has been closed since the kernel noted the event
    }

    public void OnTimer(int timer)
    {
        if (timer == GraceTimer) IsFinished = true;
        else ResumeAccepting();
    }

    public void OnTurnEnd()
    {
        if (Engine.Transfer.Sessions.Ready.Count > 0) ServeReady();
        if (Engine.Transfer.Sessions.Closing.Count > 0) CloseMarked();
        if (IsStopping && ConnectionCount == 0) IsFinished = true;
    }

    public readonly void OnWaited(epoll_event* events, int count, Instant start, Instant end)
    {
        TracedEvent* traced = stackalloc TracedEvent[Trace.MaxEvents];
        int shown = int.Min(int.Max(count, 0), Trace.MaxEvents);
        for (int i = 0; i < shown; i++)
        {
            traced[i].Fd = DescriptorOf(new Token(events[i].data.u64));
            traced[i].Events = events[i].events;
        }
        Engine.Transfer.Calls.OnWaited(
            loop->Poller.WaitCall, new(traced, shown), count, start, end);
    }

    /// <summary>Takes a connection in: into the table, watched, counted; or closes it at once.
    /// </summary>
    public void Admit(int fd, Endpoint* from)
    {
        ref Sessions sessions = ref Engine.Transfer.Sessions;
        int slot = sessions.Table.Count < maxConnections
            ? sessions.Add(fd, loop->Now, from)
            : ConnectionTable.None;
        if (slot == ConnectionTable.None)
        {
            Engine.Transfer.Calls.Refuse(fd);
            sessions.CountRefused(from);
            return;
        }
        Connection* connection = sessions.Table[slot];
        int result = Engine.Transfer.Calls.Watch(
            ref loop->Poller, connection, sessions.Table.TokenOf(slot), plan.ForInput);
        if (result < 0)
        {
            sessions.Table.Remove(slot);
            Engine.Transfer.Calls.Refuse(fd);
            sessions.Statistics.Refused++;
            WarnOfAccepting("a connection was refused, for it cannot be watched"u8, -result);
            return;
        }
        sessions.Begin(slot);
        if (TCalls.Observes) Engine.Transfer.Calls.OnAccepted(connection, from);
    }

    public bool TryFreeDescriptors() => SplicePath.TryGiveUpPipe(ref Engine.Transfer);

    /// <summary>Takes in who has connected already, then listens no more; who is there has so
    /// long to end.</summary>
    public void BeginStop(Duration grace)
    {
        Listeners.Drain(ref Engine.Transfer.Calls, ref this);
        Listeners.Close(ref loop->Poller);
        IsStopping = true;
        loop->Timers.Cancel(AcceptTimer);
        loop->Timers.Arm(GraceTimer, loop->Now + grace);
        IsFinished = ConnectionCount == 0;
    }

    /// <summary>Ends at once, whoever is there.</summary>
    public void Finish() => IsFinished = true;

    /// <summary>Closes all connections, at the end.</summary>
    public void CloseAll()
    {
        ref Sessions sessions = ref Engine.Transfer.Sessions;
        for (int slot = 0; slot < sessions.Table.UsedSlots; slot++)
        {
            if (sessions.Table[slot]->Fd < 0) continue;
            sessions.Table[slot]->Reason = CloseReason.Shutdown;
            Close(slot);
        }
    }

    private void Serve(int slot, Connection* connection)
    {
        Engine.Serve(slot, connection);
        if (plan.Changes) UpdateWatch(slot, connection);
    }

    /// <summary>Gives each connection that was ready when the pass began one more turn.</summary>
    private void ServeReady()
    {
        for (int remaining = Engine.Transfer.Sessions.Ready.Count; remaining > 0; remaining--)
        {
            int slot = Engine.Transfer.Sessions.TakeReady();
            if (slot != ConnectionTable.None) Serve(slot, Engine.Transfer.Sessions.Table[slot]);
        }
    }

    /// <summary>Watches for what the connection now waits for, if that has changed.</summary>
    private void UpdateWatch(int slot, Connection* connection)
    {
        bool wantsOutput = connection->Has(ConnectionFlags.WaitsForRoom);
        if (connection->Has(ConnectionFlags.Closing)
            || wantsOutput == connection->Has(ConnectionFlags.WatchesOutput)) return;
        connection->Flags ^= ConnectionFlags.WatchesOutput;
        int result = Engine.Transfer.Calls.ChangeWatch(
            ref loop->Poller, connection, Engine.Transfer.Sessions.Table.TokenOf(slot),
            wantsOutput ? plan.ForOutput : plan.ForInput);
        if (result < 0) Engine.Transfer.Sessions.MarkFailed(slot, -result);
    }

    private void CloseMarked()
    {
        ref Sessions sessions = ref Engine.Transfer.Sessions;
        int slot;
        while ((slot = sessions.Closing.Pop(ref sessions.Table)) != ConnectionTable.None)
            Close(slot);
        if (Listeners.ArePaused) ResumeAccepting();
    }

    private void Close(int slot)
    {
        ref Sessions sessions = ref Engine.Transfer.Sessions;
        Connection* connection = sessions.Table[slot];
        sessions.ReportClosed(slot, loop->Now);
        loop->Poller.Remove(connection->Fd);
        Engine.Transfer.Calls.Close(connection);
        sessions.Remove(slot);
    }

    private void Accept(int index)
    {
        int errno = Listeners.Accept(index, ref Engine.Transfer.Calls, ref this);
        if (errno != 0) PauseAccepting(errno);
    }

    /// <summary>Leaves new connections in the kernel's queue until one of ours has closed or a
    /// moment has passed.</summary>
    private void PauseAccepting(int errno)
    {
        SetAccepting(false);
        // From now on: the calls that failed may have taken as long.
        loop->Timers.Arm(AcceptTimer, loop->ReadClock() + Listeners.Pause);
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder what = new(buffer);
        what.Append("accepting is paused until connections close"u8);
        if (errno == LibC.EMFILE && limitsFilesForPoller)
            what.Append($", {pollerKind.DescriptorLimitReason()}");
        WarnOfAccepting(what.Written, errno);
    }

    private void ResumeAccepting()
    {
        if (IsStopping) return;
        loop->Timers.Cancel(AcceptTimer);
        SetAccepting(true);
    }

    private void SetAccepting(bool isOn)
    {
        Engine.Transfer.SparesDescriptors = !isOn;
        int result = Listeners.SetPaused(!isOn, ref loop->Poller);
        if (result < 0) WarnOfAccepting("a listening socket cannot be watched"u8, -result);
    }

    /// <summary>A warning about taking connections in, at most one in five seconds.</summary>
    private void WarnOfAccepting(scoped ReadOnlySpan<byte> what, int errno)
    {
        if (loop->Now < nextAcceptWarning) return;
        nextAcceptWarning = loop->Now + Duration.FromSeconds(5);
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"warning: {what}: {new ErrnoText(errno)}, {ConnectionCount} open");
        log->Write(text.Written);
    }

    /// <summary>The descriptor behind a token; -1 for one that has been closed.</summary>
    private readonly int DescriptorOf(Token token)
    {
        ref readonly ConnectionTable table = ref Engine.Transfer.Sessions.Table;
        int slot = table.SlotOf(token);
        if (slot != ConnectionTable.None) return table[slot]->Fd;
        if (token.Kind == TokenKind.Signal) return token.Index;
        return token.Kind == TokenKind.Listener && token.Index < Listeners.Count
            ? Listeners.DescriptorOf(token.Index) : -1;
    }
}
