// Opening connections, at a rate or as fast as they are accepted; their time limits; closing them.
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Tmds.Linux;

namespace Epollecho.Native.Load;

internal unsafe partial struct Generator
{
    /// <summary>Connections under way at a time: less than any usual backlog.</summary>
    private const int MaxConnecting = 128;

    private readonly bool HasOpenedTarget =>
        connecting == 0 && (pace.Begun >= openingTarget || pace.IsGivenUp);

    /// <summary>Is there a connection to open, as soon as its time comes?</summary>
    private readonly bool MayOpen => !isDraining && connecting < MaxConnecting
        && (options.Mode == LoadMode.Churn
            ? established + connecting < connectionCount && messagesLeft > 0 && phase.HasBegun
            : pace.Begun < openingTarget && !pace.IsGivenUp);

    /// <summary>Opens one connection, if it is time. Not more: what was connected meanwhile would
    /// be seen late, and its time would be that of the others' being opened.</summary>
    private void OpenDue()
    {
        if (MayOpen && pace.Next <= loop.Now) Open();
    }

    private void Open()
    {
        int index = FindFree();
        ref LoadConnection connection = ref connections[index];
        connection = new()
        {
            Fd = Socket.CreateStream(server.Family),
            Identity = (pace.Begun * options.Workers) + worker,
        };
        pace.Begin();
        if (options.Mode == LoadMode.Churn) messagesLeft--;
        connection.AwaitedSince = loop.ReadClock();
        if (connection.Fd < 0)
        {
            CountFailure(-connection.Fd);
            return;
        }
        connection.State = ConnectionState.Connecting;
        connecting++;
        _ = Socket.SetNoDelay(connection.Fd); // as its name says, and no more
        int result = Socket.Connect(connection.Fd, server);
        if (result < 0 && result != -LibC.EINPROGRESS)
        {
            Fail(index, -result);
            return;
        }
        connection.AwaitsRoom = true;
        loop.Timers.Arm(index, connection.AwaitedSince + options.Timeout);
        result = loop.Poller.Add(
            connection.Fd, TokenOf(index), LibC.EPOLLIN | LibC.EPOLLOUT);
        if (result < 0) Fail(index, -result);
    }

    private int FindFree()
    {
        while (connections[freeHint].State != ConnectionState.None)
            freeHint = (freeHint + 1) % connectionCount;
        int found = freeHint;
        freeHint = (freeHint + 1) % connectionCount;
        return found;
    }

    /// <summary>Needs no generation: a place is not used again before the batch has been handed
    /// out.</summary>
    private static Token TokenOf(int index) => new(TokenKind.Connection, index);

    private void OnConnected(int index)
    {
        ref LoadConnection connection = ref connections[index];
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
        pace.Succeed();
        tally->ConnectTime.Record(loop.ReadClock() - connection.AwaitedSince);
        if (options.Mode == LoadMode.Churn) connection.Allowed = 1;
        Send(index);
    }

    /// <summary>Shuts this side down; the server's end will follow.</summary>
    private void EndSending(int index)
    {
        connections[index].State = ConnectionState.Ending;
        connections[index].AwaitedSince = loop.Now;
        int result = Socket.EndSending(connections[index].Fd);
        if (result < 0) Fail(index, -result);
        else WatchRoom(index, false);
    }

    /// <summary>The timer of a connection, which is not moved at each message, has expired: gives
    /// the connection up if it has owed something for as long as it may, and else looks again when
    /// that can be so.</summary>
    private void CheckTimeout(int index)
    {
        ref LoadConnection connection = ref connections[index];
        Instant since = Owes(connection) ? connection.AwaitedSince : loop.Now;
        Instant end = since + options.Timeout;
        if (end <= loop.Now) Fail(index, LibC.ETIMEDOUT);
        else loop.Timers.Arm(index, end);
    }

    /// <summary>Is it to be established, to bring bytes, or to come to its end?</summary>
    private static bool Owes(in LoadConnection connection) => connection.State switch
    {
        ConnectionState.None => false,
        ConnectionState.Open => connection.BytesSent > connection.BytesReceived,
        _ => true,
    };

    /// <summary>Closes a connection that has failed, with all that it owes.</summary>
    private void Fail(int index, int errno)
    {
        CountFailure(errno);
        Close(index);
    }

    private void CountFailure(int errno)
    {
        tally->AddFailure(errno);
        pace.Fail(loop.Now);
        if (options.StopsAtFailure) progress->Abandon();
    }

    private void Close(int index)
    {
        ref LoadConnection connection = ref connections[index];
        if (connection.State == ConnectionState.Connecting) connecting--;
        else established--;
        long completed = connection.BytesReceived / options.SizeBytes;
        if (options.Mode != LoadMode.Stream) underWay -= connection.Begun - completed;
        if (!backlogIsDropped) underWay -= BacklogOf(connection);
        tally->BytesLost += connection.BytesSent - connection.BytesReceived;
        loop.Timers.Cancel(index);
        if (options.ClosesWithReset) Socket.CloseWithReset(connection.Fd);
        else Files.Close(connection.Fd);
        connection.State = ConnectionState.None;
    }

    /// <summary>Connections that are not there yet will not be used any more.</summary>
    private void GiveUpConnecting()
    {
        for (int i = 0; i < connectionCount && connecting > 0; i++)
            if (connections[i].State == ConnectionState.Connecting) Close(i);
    }
}
