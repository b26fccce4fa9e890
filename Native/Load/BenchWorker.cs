// One thread's share of a load: opens its connections, sends and receives on all of them in one
// epoll loop, and lets what is under way come back at the end. Nothing is allocated while it runs.
// Here are the phases and the turn; .Open.cs opens and closes, .Exchange.cs sends and receives.
using System;
using System.Numerics;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Bench;
using Epollecho.Native.Net;
using Tmds.Linux;

namespace Epollecho.Native.Load;

internal unsafe partial struct BenchWorker
{
    private const int EventsPerTurn = 256;
    private const int BufferBytes = Pattern.MaxPieceBytes;
    private const long NsPerMs = 1_000_000;
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>The longest wait, after which it looks whether it is to stop.</summary>
    private const long MaxWaitNs = 20 * NsPerMs;

    /// <summary>How long what is under way at the end may go on coming back, in times of
    /// --timeout: a server that answers a byte at a time does not hold the load for ever.</summary>
    private const int MaxDrainTimeouts = 10;

    /// <summary>The longest wait for the other workers' being ready.</summary>
    private const long StartPeriodNs = 1 * NsPerMs;

    private const ulong SignalTag = ulong.MaxValue;

    private BenchOptions options;
    private BenchShared* shared;
    private Tally* tally;
    private Pattern pattern;
    private SocketAddress server;
    private int number; // among the workers
    private int epollFd;
    private BenchConnection* connections;
    private int connectionCount;
    private long* sendTimes; // a ring for each connection, by message
    private int ringMask;
    private byte* buffer;

    private long nowNs;
    private long loadStartNs; // long.MaxValue until the load begins; so the next two
    private long measureStartNs;
    private long measureEndNs;
    private long messagesLeft; // to begin, or, with a rate, to plan; connections when churning
    private long underWay; // messages begun, or, with a rate, planned
    private long nextPlanned; // of the schedule
    private int begunCount; // connections that send
    private bool isDraining;
    private bool backlogIsDropped;

    private long openStartNs;
    private long openedCount; // asked for
    private int failuresInARow;
    private int connecting;
    private int established;
    private int freeHint; // where a connection without a socket may be
    private long pauseUntilNs;
    private long nextExpiryNs;

    /// <summary>Prepares the share of worker <paramref name="number"/>; -errno on failure
    /// (ENOMEM, EMFILE).</summary>
    public static int Create(
        in BenchOptions options, BenchShared* shared, in SocketAddress server, int number,
        out BenchWorker worker)
    {
        worker = new()
        {
            options = options,
            shared = shared,
            tally = shared->Tallies + number,
            pattern = shared->Pattern,
            server = server,
            number = number,
            connectionCount = Share(options.Connections, options.Workers, number),
            messagesLeft = options.Count == 0
                ? long.MaxValue : Share(options.Count, options.Workers, number),
            loadStartNs = long.MaxValue,
            measureStartNs = long.MaxValue,
            measureEndNs = long.MaxValue,
            buffer = (byte*)NativeMemory.Alloc(BufferBytes),
        };
        int ring = (int)BitOperations.RoundUpToPowerOf2((uint)options.Pipeline);
        worker.ringMask = ring - 1;
        worker.connections = (BenchConnection*)ReservedMemory.Reserve(
            (long)worker.connectionCount * sizeof(BenchConnection));
        worker.sendTimes = (long*)ReservedMemory.Reserve(
            (long)worker.connectionCount * ring * sizeof(long));
        if (worker.connections == null || worker.sendTimes == null) return -LibC.ENOMEM;
        worker.epollFd = Epoll.Create();
        if (worker.epollFd < 0) return worker.epollFd;
        return number != 0 ? 0
            : Epoll.Add(worker.epollFd, shared->SignalFd, LibC.EPOLLIN, SignalTag);
    }

    /// <summary>The whole load, to its end; what it came to is in the tally.</summary>
    public void Run()
    {
        long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        nowNs = openStartNs = Clock.MonotonicNs();
        if (options.Mode != BenchMode.Churn)
        {
            while (!HasOpenedAll && shared->StopRequests == 0)
            {
                OpenDue();
                Turn();
            }
            tally->NotTried = long.Max(0, connectionCount - openedCount);
        }
        AwaitOthers();
        BeginLoad();
        while (IsLoading)
        {
            if (options.Mode == BenchMode.Churn) OpenDue();
            SendDue();
            if (options.Mode != BenchMode.Churn) BeginConnections();
            Turn();
        }
        if (options.Rate > 0 && established == 0) FollowPlan();
        measureEndNs = long.Min(measureEndNs, nowNs);
        tally->ElapsedNs = long.Max(0, measureEndNs - measureStartNs);
        BeginDrain();
        while (IsDraining)
        {
            SendDue();
            Turn();
            if (nowNs - measureEndNs > TimeoutNs) DropBacklog();
        }
        CloseAll();
        if (number != 0) shared->TellEnded();
        else while (shared->OthersWork) Turn(); // for the signals and the line of progress
        Files.Close(epollFd);
        tally->GcAllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
    }

    private static long Share(long total, int workers, int number) =>
        (total / workers) + (number < total % workers ? 1 : 0);

    private static int Share(int total, int workers, int number) =>
        (int)Share((long)total, workers, number);

    private readonly bool IsLoading =>
        nowNs < measureEndNs && shared->StopRequests == 0
        && (options.Mode == BenchMode.Churn
            ? messagesLeft > 0 || established + connecting > 0
            : established > 0 && (messagesLeft > 0 || underWay > 0));

    /// <summary>Bytes, or, where connections come to an end of their own, that end.</summary>
    private readonly bool IsOwedSomething => underWay > 0
        || (options.Mode != BenchMode.Echo && established + connecting > 0);

    private readonly bool IsDraining => shared->StopRequests < 2
        && (IsOwedSomething || (MayPlan && established > 0))
        && nowNs - measureEndNs < MaxDrainTimeouts * TimeoutNs;

    private readonly long TimeoutNs => options.Target.Timeout.Milliseconds * NsPerMs;

    /// <summary>All workers begin at the same time, so that what they did can be added.</summary>
    private void AwaitOthers()
    {
        shared->TellReady(nowNs);
        while (shared->StopRequests == 0 && (shared->StartNs == 0 || nowNs < shared->StartNs))
            Turn();
    }

    private void BeginLoad()
    {
        nowNs = Clock.MonotonicNs();
        loadStartNs = shared->StopRequests > 0 ? nowNs : shared->StartNs;
        measureStartNs = loadStartNs + (options.WarmUp.Milliseconds * NsPerMs);
        measureEndNs = measureStartNs + (options.Duration.Milliseconds * NsPerMs);
    }

    /// <summary>All connections of this worker have failed: as long as another one has some, the
    /// plan goes on, and its messages for this one are not sent.</summary>
    private void FollowPlan()
    {
        shared->TellDead();
        while (nowNs < measureEndNs && shared->StopRequests == 0
            && messagesLeft > 0 && !shared->AllAreDead)
        {
            SendDue();
            Turn();
        }
    }

    /// <summary>Nothing new is begun; what was planned for now and before still is.</summary>
    private void BeginDrain()
    {
        isDraining = true;
        for (int i = 0; i < connectionCount; i++)
        {
            ref BenchConnection connection = ref connections[i];
            if (connection.State != ConnectionState.Open) continue;
            if (options.Rate == 0) connection.Allowed = connection.Begun;
            if (options.Mode == BenchMode.Stream) EndSending(i);
        }
        GiveUpConnecting();
    }

    /// <summary>What was planned, and could not be sent for so long, is not sent any more: a
    /// load that is far too much for the server ends all the same.</summary>
    private void DropBacklog()
    {
        if (backlogIsDropped) return;
        backlogIsDropped = true;
        for (int i = 0; i < connectionCount; i++)
        {
            if (connections[i].State == ConnectionState.Open)
                underWay -= Backlog(connections[i]);
        }
    }

    /// <summary>Messages of a connection whose time has come, with a rate, and that could not be
    /// sent yet.</summary>
    private readonly long Backlog(in BenchConnection connection) =>
        options.Rate == 0 ? 0 : connection.Allowed - connection.Begun;

    private void Turn()
    {
        epoll_event* events = stackalloc epoll_event[EventsPerTurn];
        int count = Epoll.WaitNs(epollFd, events, EventsPerTurn, NextWaitNs());
        if (count < 0) InternalError.Abort("epoll_pwait2"u8, -count);
        nowNs = Clock.MonotonicNs();
        for (int i = 0; i < count; i++)
        {
            ulong tag = events[i].data.u64;
            if (tag == SignalTag) shared->TakeSignal(nowNs);
            else OnEvent((int)tag, events[i].events);
        }
        ExpireLate();
        if (number == 0) shared->ShowProgress(nowNs, measureStartNs);
    }

    private readonly long NextWaitNs()
    {
        long untilNs = nowNs + MaxWaitNs;
        if (!isDraining) untilNs = long.Min(untilNs, measureEndNs);
        if (MayBegin) return 0;
        if (MayPlan)
            untilNs = long.Min(untilNs, PlannedNs(nextPlanned));
        if (MayOpen) untilNs = long.Min(untilNs, NextOpenNs());
        else if (loadStartNs == long.MaxValue && connecting == 0)
            untilNs = shared->StartNs > 0 ? shared->StartNs : nowNs + StartPeriodNs;
        return long.Max(0, untilNs - Clock.MonotonicNs());
    }
}
