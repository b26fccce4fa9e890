// Opening connections, at a rate or as fast as they are accepted, and closing them.
using Epollecho.Interop;
using Epollecho.Native.Bench;
using Epollecho.Native.Net;
using Epollecho.Native.Server.Session;
using Tmds.Linux;

namespace Epollecho.Native.Load;

internal unsafe partial struct BenchWorker
{
    /// <summary>Connections under way at a time: less than any usual backlog.</summary>
    private const int MaxConnecting = 128;

    /// <summary>How long nothing is opened after a failure, so that a server that refuses is not
    /// asked a million times a second.</summary>
    private const long PauseAfterFailureNs = 10 * NsPerMs;

    /// <summary>How often, in each time of --timeout, it is looked whose time is over; no more
    /// often than the period says, for it takes a look at all of them.</summary>
    private const int ExpiriesPerTimeout = 16;
    private const long MinExpiryPeriodNs = 10 * NsPerMs;

    /// <summary>So many failures, and no connection between them: the others are not tried before
    /// the load. Each may have taken its --timeout, though as many at a time.</summary>
    private const int MaxFailuresInARow = MaxConnecting;

    private readonly bool HasOpenedAll => connecting == 0
        && (openedCount >= connectionCount || failuresInARow >= MaxFailuresInARow);

    /// <summary>Is there a connection to open, as soon as its time comes?</summary>
    private readonly bool MayOpen => !isDraining && connecting < MaxConnecting
        && (options.Mode == BenchMode.Churn
            ? established + connecting < connectionCount && messagesLeft > 0
                && measureEndNs != long.MaxValue
            : openedCount < connectionCount && failuresInARow < MaxFailuresInARow);

    /// <summary>When the next connection may be opened.</summary>
    private readonly long NextOpenNs() => options.ConnectRate == 0
        ? pauseUntilNs
        : long.Max(pauseUntilNs, openStartNs + (long)(
            ((openedCount * (double)options.Workers) + number) * NsPerSecond
                / options.ConnectRate));

    /// <summary>Opens one connection, if it is time. Not more: what was connected meanwhile would
    /// be seen late, and its time would be that of the others' being opened.</summary>
    private void OpenDue()
    {
        if (MayOpen && NextOpenNs() <= nowNs) Open(FindFree());
    }

    private int FindFree()
    {
        while (connections[freeHint].State != ConnectionState.None)
            freeHint = (freeHint + 1) % connectionCount;
        int found = freeHint;
        freeHint = (freeHint + 1) % connectionCount;
        return found;
    }

    private void Open(int index)
    {
        ref BenchConnection connection = ref connections[index];
        connection = new()
        {
            Fd = Socket.CreateStream(server.Family),
            Identity = (openedCount * options.Workers) + number,
        };
        openedCount++;
        if (options.Mode == BenchMode.Churn) messagesLeft--;
        connection.AwaitedSinceNs = nowNs = Clock.MonotonicNs();
        if (connection.Fd < 0)
        {
            CountFailure(-connection.Fd);
            return;
        }
        connection.State = ConnectionState.Connecting;
        connecting++;
        _ = Socket.SetNoDelay(connection.Fd); // as its name says, and no more
        int result = Socket.Connect(connection.Fd, server);
        connection.AwaitsRoom = true;
        if (result < 0 && result != -LibC.EINPROGRESS)
        {
            Fail(index, -result);
            return;
        }
        result = Epoll.Add(epollFd, connection.Fd, LibC.EPOLLIN | LibC.EPOLLOUT, (ulong)index);
        if (result < 0) Fail(index, -result);
    }

    private void OnConnected(int index)
    {
        ref BenchConnection connection = ref connections[index];
        int result = Socket.PendingError(connection.Fd);
        if (result < 0)
        {
            Fail(index, -result);
            return;
        }
        connection.State = ConnectionState.Open;
        connecting--;
        established++;
        tally->Opened++;
        failuresInARow = 0;
        nowNs = Clock.MonotonicNs();
        tally->ConnectTime.Record(nowNs - connection.AwaitedSinceNs);
        if (options.Mode == BenchMode.Churn) connection.Allowed = 1;
        Send(index);
    }

    /// <summary>Tells the server that no more comes; its end will follow.</summary>
    private void EndSending(int index)
    {
        connections[index].State = ConnectionState.Ending;
        connections[index].AwaitedSinceNs = nowNs;
        int result = Socket.EndSending(connections[index].Fd);
        if (result < 0) Fail(index, -result);
        else WatchRoom(index, false);
    }

    private void CountFailure(int errno)
    {
        tally->Failures[errno < Tally.FailureKinds ? errno : LibC.EIO]++;
        failuresInARow++;
        pauseUntilNs = nowNs + PauseAfterFailureNs;
    }

    /// <summary>Closes a connection that has failed, with all that it owes.</summary>
    private void Fail(int index, int errno)
    {
        CountFailure(errno);
        Close(index);
    }

    private void Close(int index)
    {
        ref BenchConnection connection = ref connections[index];
        if (connection.State == ConnectionState.Connecting) connecting--;
        else established--;
        long completed = connection.BytesReceived / options.SizeBytes;
        if (options.Mode != BenchMode.Stream) underWay -= connection.Begun - completed;
        if (!backlogIsDropped) underWay -= Backlog(connection);
        tally->BytesLost += connection.BytesSent - connection.BytesReceived;
        Files.Close(connection.Fd);
        connection.State = ConnectionState.None;
    }

    /// <summary>Gives up the connections that owe something and have brought nothing for as long
    /// as may be waited.</summary>
    private void ExpireLate()
    {
        if (nowNs < nextExpiryNs) return;
        nextExpiryNs = nowNs + long.Max(TimeoutNs / ExpiriesPerTimeout, MinExpiryPeriodNs);
        for (int i = 0; i < connectionCount; i++)
        {
            if (nowNs - connections[i].AwaitedSinceNs > TimeoutNs && Owes(connections[i]))
                Fail(i, LibC.ETIMEDOUT);
        }
    }

    /// <summary>Is it to come, to bring bytes, or to come to its end?</summary>
    private static bool Owes(in BenchConnection connection) => connection.State switch
    {
        ConnectionState.None => false,
        ConnectionState.Open => connection.BytesSent > connection.BytesReceived,
        _ => true,
    };

    /// <summary>Connections that are not there yet will not be used any more.</summary>
    private void GiveUpConnecting()
    {
        for (int i = 0; i < connectionCount && connecting > 0; i++)
            if (connections[i].State == ConnectionState.Connecting) Close(i);
    }

    /// <summary>The end: what owes bytes now has been waited for long enough, unless it is the
    /// user who does not want to wait.</summary>
    private void CloseAll()
    {
        if (options.Rate > 0) tally->Unsent += NotPlanned();
        for (int i = 0; i < connectionCount; i++)
        {
            ref BenchConnection connection = ref connections[i];
            tally->Unsent += Backlog(connection);
            if (connection.State == ConnectionState.None) continue;
            if (Owes(connection))
                CountFailure(shared->StopRequests < 2 ? LibC.ETIMEDOUT : LibC.EINTR);
            Close(i);
        }
    }
}
