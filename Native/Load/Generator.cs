// One thread's share of a load, on an event loop of its own: it opens connections, sends and
// receives on them in one phase or several, and closes them. Nothing is allocated meanwhile. Here
// are the phases and what the loop asks for; .Opening.cs opens and closes connections, .Exchange.cs
// sends and receives. Owns the connections and their tables; pattern, progress and tally are the
// caller's.
using System.Diagnostics;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Net;
using Tmds.Linux;

namespace Epollecho.Native.Load;

internal unsafe partial struct Generator : ILoopOwner
{
    private const int BufferBytes = Pattern.MaxPieceBytes;

    /// <summary>How long what is under way at the end may go on coming back, in times of the
    /// connections' time limit: a server that answers a byte at a time does not hold the load for
    /// ever.</summary>
    private const int MaxDrainTimeouts = 10;

    private GeneratorOptions options;
    private Progress* progress;
    private Tally* tally;
    private Pattern pattern;
    private Verifier verifier;
    private SocketAddress server; // as connect(2) takes it
    private int worker; // which of the workers, from 0
    private EventLoop<EpollPoller> loop;
    private LoadConnection* connections;
    private int connectionCount;
    private ActiveConnections active;
    private SendTimes sendTimes;
    private byte* buffer;

    private OpeningPace pace;
    private int openingTarget; // connections that are to be opened before the load
    private int connecting;
    private int established;
    private int freeHint; // where a connection without a socket may be

    private Phase phase;
    private Schedule schedule; // of messages, with a rate
    private long messagesLeft; // to begin, or, with a rate, to plan; connections when churning
    private long underWay; // messages begun, or, with a rate, planned
    private long nextPlanned; // of the schedule
    private Instant nextDue; // when that is to be sent
    private int begunCount; // connections that send
    private bool isDraining;
    private bool backlogIsDropped;

    /// <summary>Prepares the share of one worker, of which the results go to
    /// <paramref name="tally"/>. 0, or -errno (ENOMEM, EMFILE), which is the end of the program:
    /// what was prepared by then is not given back.</summary>
    public static int Create(
        in GeneratorOptions options, Pattern pattern, Progress* progress, Tally* tally,
        Endpoint server, int worker, out Generator generator)
    {
        int workers = options.Workers;
        Debug.Assert(options.Active >= workers && options.Active <= options.Connections);
        generator = new()
        {
            options = options,
            progress = progress,
            tally = tally,
            pattern = pattern,
            verifier = new(pattern, options.SkipsVerification),
            server = server.ToSocketAddress(),
            worker = worker,
            connectionCount = (int)Schedule.ShareOf(options.Connections, workers, worker),
            phase = Phase.NotBegun,
            pace = new(
                options.ConnectRate > 0,
                new(Instant.Now, options.ConnectRate, workers, worker)),
        };
        generator.active = new(
            generator.connectionCount, (int)Schedule.ShareOf(options.Active, workers, worker));
        return generator.Allocate();
    }

    public static bool ObservesWaits => false;

    /// <summary>The longest wait, after which it looks whether it is to stop.</summary>
    private static Duration MaxWait => Duration.FromMilliseconds(20);

    /// <summary>The longest wait for the other workers' being ready.</summary>
    private static Duration StartPeriod => Duration.FromMilliseconds(1);

    public readonly Instant WaitLimit
    {
        get
        {
            if (MayBegin) return Instant.Start;
            Instant until = loop.Now + MaxWait;
            if (!isDraining) until = Instant.Earlier(until, phase.MeasureEnd);
            if (MayPlan) until = Instant.Earlier(until, nextDue);
            if (MayOpen) return Instant.Earlier(until, pace.Next);
            if (phase.HasBegun || connecting > 0) return until;
            Instant start = progress->Start;
            return start.IsNever ? loop.Now + StartPeriod : start;
        }
    }

    /// <summary>Opens connections until so many of this worker's have been tried, and waits for
    /// the last of them; not for those that would be too many failures in a row, and not after a
    /// request to stop. With <see cref="LoadMode.Churn"/>, a phase opens its connections itself.
    /// </summary>
    public void Open(int target)
    {
        phase = Phase.NotBegun;
        isDraining = false;
        openingTarget = target;
        while (!HasOpenedTarget && progress->StopRequests == 0)
        {
            OpenDue();
            Turn();
        }
    }

    /// <summary>As many as there are.</summary>
    public void OpenAll()
    {
        Open(connectionCount);
        tally->NotTried = long.Max(0, connectionCount - pace.Begun);
    }

    /// <summary>A phase of the load, until what was sent in it has come back. The first worker's
    /// also serves signals and progress.</summary>
    public void Run(Duration warmUp, Duration duration)
    {
        AwaitStart();
        BeginPhase(warmUp, duration);
        while (IsLoading)
        {
            if (options.Mode == LoadMode.Churn)
            {
                OpenDue();
            }
            else
            {
                SendDue();
                BeginConnections();
            }
            Turn();
        }
        if (options.Rate > 0 && established == 0) FollowSchedule();
        phase.EndAt(loop.Now);
        tally->Elapsed = phase.Measured;
        BeginDrain();
        while (IsDraining)
        {
            SendDue();
            Turn();
            if (loop.Now - phase.MeasureEnd > options.Timeout) DropBacklog();
        }
        EndPhase();
    }

    /// <summary>Closes all connections. The first worker's goes on serving signals and progress
    /// until the others have ended.</summary>
    public void Close()
    {
        for (int i = 0; i < connectionCount; i++)
            if (connections[i].State != ConnectionState.None) Close(i);
        if (worker != 0) progress->MarkEnded();
        else while (progress->OthersWork) Turn();
        Release();
    }

    public void OnEvent(Token token, int events)
    {
        if (token.Kind == TokenKind.Signal) progress->TakeSignals(loop.Now);
        else OnConnectionEvent(token.Index, events);
    }

    public void OnTimer(int timer) => CheckTimeout(timer);

    public readonly void OnTurnEnd()
    {
        if (worker == 0) progress->Line.Update(loop.Now, loop.Now < phase.MeasureStart);
    }

    public readonly void OnWaited(
        epoll_event* events, int count, Instant start, Instant end)
    {
        // Not asked for: see ObservesWaits.
    }

    private int Allocate()
    {
        int result = EventLoop<EpollPoller>.TryCreate(
            PollerKind.Epoll, connectionCount + 1, connectionCount, out loop);
        if (result < 0) return result;
        // A rate may have many in a millisecond.
        loop.IsPrecise = options.Rate > 0 || options.ConnectRate > 0;
        connections = (LoadConnection*)ReservedMemory.Reserve(ConnectionsBytes);
        if (connections == null) return -LibC.ENOMEM;
        if (!SendTimes.TryCreate(connectionCount, options.Pipeline, out sendTimes))
            return -LibC.ENOMEM;
        buffer = (byte*)NativeMemory.Alloc(BufferBytes);
        return worker != 0 ? 0 : loop.Poller.Add(
            progress->SignalFd, new(TokenKind.Signal, 0), LibC.EPOLLIN);
    }

    private void Release()
    {
        NativeMemory.Free(buffer);
        sendTimes.Release();
        ReservedMemory.Release((byte*)connections, ConnectionsBytes);
        loop.Timers.Release();
        loop.Poller.Close();
    }

    private readonly long ConnectionsBytes => connectionCount * (long)sizeof(LoadConnection);

    private void Turn()
    {
        int result = loop.Turn(ref this);
        if (result < 0) InternalError.Abort("epoll_pwait2"u8, -result);
    }

    private readonly bool IsLoading =>
        loop.Now < phase.MeasureEnd && progress->StopRequests == 0
        && (options.Mode == LoadMode.Churn
            ? messagesLeft > 0 || established + connecting > 0
            : established > 0 && (messagesLeft > 0 || underWay > 0));

    /// <summary>Bytes, or, where connections come to an end of their own, that end.</summary>
    private readonly bool IsOwedSomething => underWay > 0
        || (options.Mode != LoadMode.Echo && established + connecting > 0);

    private readonly bool IsDraining => progress->StopRequests < 2
        && (IsOwedSomething || (MayPlan && established > 0))
        && loop.Now - phase.MeasureEnd < options.Timeout * MaxDrainTimeouts;

    /// <summary>All workers begin at the same time, so that what they did can be added.</summary>
    private void AwaitStart()
    {
        phase = Phase.NotBegun;
        progress->MarkReady(loop.ReadClock());
        while (progress->StopRequests == 0 && loop.Now < progress->Start) Turn();
    }

    private void BeginPhase(Duration warmUp, Duration duration)
    {
        Instant now = loop.ReadClock();
        phase = new(progress->StopRequests > 0 ? now : progress->Start, warmUp, duration);
        schedule = new(phase.Start, options.Rate, options.Workers, worker);
        messagesLeft = options.Count == 0
            ? long.MaxValue : Schedule.ShareOf(options.Count, options.Workers, worker);
        nextPlanned = 0;
        nextDue = options.Rate > 0 ? schedule.TimeOf(0) : Instant.Never;
        begunCount = 0;
        isDraining = false;
        backlogIsDropped = false;
        for (int i = 0; i < connectionCount; i++)
            connections[i].FirstOfPhase = connections[i].Begun;
    }

    /// <summary>All connections of this worker have failed: as long as another one has some, the
    /// schedule goes on, and its messages for this one are counted as not sent.</summary>
    private void FollowSchedule()
    {
        progress->MarkDisconnected();
        while (loop.Now < phase.MeasureEnd && progress->StopRequests == 0
            && messagesLeft > 0 && !progress->AllAreDisconnected)
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
            ref LoadConnection connection = ref connections[i];
            if (connection.State != ConnectionState.Open) continue;
            if (options.Rate == 0) connection.Allowed = connection.Begun;
            if (options.Mode == LoadMode.Stream) EndSending(i);
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
                underWay -= BacklogOf(connections[i]);
        }
    }

    /// <summary>What is owed now has been waited for long enough, unless it is the user who does
    /// not want to wait.</summary>
    private void EndPhase()
    {
        if (options.Rate > 0)
            tally->NotSent += schedule.CountDue(nextPlanned, phase.MeasureEnd, messagesLeft);
        for (int i = 0; i < connectionCount; i++)
        {
            ref LoadConnection connection = ref connections[i];
            tally->NotSent += BacklogOf(connection);
            if (Owes(connection))
                Fail(i, progress->StopRequests < 2 ? LibC.ETIMEDOUT : LibC.EINTR);
            connection.Allowed = connection.Begun;
        }
        underWay = 0;
    }

    /// <summary>Messages of a connection whose time has come, with a rate, and that could not be
    /// sent yet.</summary>
    private readonly long BacklogOf(in LoadConnection connection) =>
        options.Rate == 0 ? 0 : connection.Allowed - connection.Begun;
}
