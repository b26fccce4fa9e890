// Sending and receiving: messages under way, partial sends, what comes back compared and timed.
using Epollecho.Interop;
using Epollecho.Native.Base;
using Tmds.Linux;

namespace Epollecho.Native.Load;

internal unsafe partial struct Generator
{
    /// <summary>Sends before events are looked at again: what comes back meanwhile is seen that
    /// much later.</summary>
    private const int MaxDuePerTurn = 16;

    private void OnConnectionEvent(int index, int events)
    {
        if (connections[index].State == ConnectionState.Connecting)
        {
            OnConnected(index);
            return;
        }
        if ((events & ~LibC.EPOLLOUT) != 0) Receive(index);
        if (connections[index].State == ConnectionState.Open) Send(index);
    }

    /// <summary>Is there a message of the schedule that is still to be given to a connection? In
    /// the drain, too, for this thread may have been too busy, or have woken up too late.</summary>
    private readonly bool MayPlan => options.Rate > 0 && phase.HasBegun && messagesLeft > 0
        && !backlogIsDropped && nextDue < phase.MeasureEnd;

    /// <summary>Lets the messages go whose time has come, to each connection in turn.</summary>
    private void SendDue()
    {
        for (int i = 0; i < MaxDuePerTurn && MayPlan && nextDue <= loop.Now; i++)
        {
            int index = active.IndexOf((int)(nextPlanned % active.Count));
            nextDue = schedule.TimeOf(++nextPlanned);
            messagesLeft--;
            connections[index].Allowed++; // never sent if the connection has failed
            if (connections[index].State != ConnectionState.Open) continue;
            underWay++;
            SendNow(index);
        }
    }

    /// <summary>Is there a connection that has not begun to send, without a rate?</summary>
    private readonly bool MayBegin => options.Rate == 0 && begunCount < active.Count
        && options.Mode != LoadMode.Churn && !isDraining && phase.HasBegun;

    /// <summary>Lets some more of the connections send as many messages as they can.</summary>
    private void BeginConnections()
    {
        for (int i = 0; i < MaxDuePerTurn && MayBegin; i++)
        {
            int index = active.IndexOf(begunCount++);
            connections[index].Allowed = long.MaxValue;
            if (connections[index].State == ConnectionState.Open) SendNow(index);
        }
    }

    /// <summary>A send that no event has called for: the time is not that of one.</summary>
    private void SendNow(int index)
    {
        _ = loop.ReadClock();
        Send(index);
    }

    /// <summary>Begins what messages may be begun, and sends as far as the kernel takes it.
    /// </summary>
    private void Send(int index)
    {
        ref LoadConnection connection = ref connections[index];
        long target = options.Mode == LoadMode.Stream
            ? connection.Allowed > 0 ? long.MaxValue : connection.BytesSent
            : BeginMessages(ref connection, index);
        if (connection.BytesSent == connection.BytesReceived)
            connection.AwaitedSince = loop.Now;
        while (connection.BytesSent < target)
        {
            long piece = long.Min(target - connection.BytesSent, Pattern.MaxPieceBytes);
            if (options.Mode == LoadMode.Stream) piece = long.Min(piece, options.SizeBytes);
            byte* from = pattern.At(connection.Identity, connection.BytesSent);
            nint count = Socket.Send(connection.Fd, from, (nint)piece);
            if (Errno.IsAgain(count)) break;
            if (count < 0)
            {
                Fail(index, (int)-count);
                return;
            }
            connection.BytesSent += count;
            if (phase.Measures(loop.Now)) tally->BytesSent += count;
            if (options.Mode == LoadMode.Stream) break; // the others' turn
        }
        WatchRoom(index, connection.BytesSent < target);
    }

    /// <summary>The offset up to which is to be sent.</summary>
    private long BeginMessages(ref LoadConnection connection, int index)
    {
        long completed = connection.BytesReceived / options.SizeBytes;
        long most = long.Min(connection.Allowed, completed + options.Pipeline);
        if (backlogIsDropped) most = connection.Begun;
        // With a rate, what is planned is counted; when churning, connections are.
        bool isCounted = options.Mode == LoadMode.Echo && options.Rate == 0;
        while (connection.Begun < most && (messagesLeft > 0 || !isCounted))
        {
            sendTimes[index, connection.Begun] = loop.Now;
            connection.Begun++;
            if (isCounted) messagesLeft--;
            if (options.Rate == 0) underWay++;
            tally->Sent++;
        }
        return connection.Begun * options.SizeBytes;
    }

    private void WatchRoom(int index, bool awaitsRoom)
    {
        ref LoadConnection connection = ref connections[index];
        if (connection.AwaitsRoom == awaitsRoom) return;
        connection.AwaitsRoom = awaitsRoom;
        int events = awaitsRoom ? LibC.EPOLLIN | LibC.EPOLLOUT : LibC.EPOLLIN;
        int result = loop.Poller.Modify(connection.Fd, TokenOf(index), events);
        if (result < 0) InternalError.Abort("epoll_ctl"u8, -result);
    }

    private void Receive(int index)
    {
        ref LoadConnection connection = ref connections[index];
        nint count = Socket.Receive(connection.Fd, buffer, BufferBytes);
        if (Errno.IsAgain(count)) return;
        Instant now = loop.ReadClock();
        if (count <= 0)
        {
            OnEnd(index, (int)-count);
            return;
        }
        connection.AwaitedSince = now;
        if (!IsRight(index, (int)count)) return;
        long completed = connection.BytesReceived / options.SizeBytes;
        connection.BytesReceived += count;
        if (phase.Measures(now)) tally->BytesReceived += count;
        if (options.Mode == LoadMode.Stream) return;
        for (; completed < connection.BytesReceived / options.SizeBytes; completed++)
            Complete(ref connection, index, completed);
        bool isDone = options.Mode == LoadMode.Churn && completed == 1;
        if (isDone && connection.State == ConnectionState.Open) EndSending(index);
    }

    /// <summary>A message of a connection, counted from 0, has come back.</summary>
    private void Complete(ref LoadConnection connection, int index, long message)
    {
        Instant now = loop.Now;
        tally->Received++;
        underWay--;
        if (phase.Measures(now)) tally->Measured++;
        Instant sent = sendTimes[index, message];
        if (phase.Measures(sent)) tally->LatencyFromSend.Record(now - sent);
        if (options.Rate == 0) return;
        Instant planned = schedule.TimeOf(
            ((message - connection.FirstOfPhase) * active.Count) + active.RankOf(index));
        if (phase.Measures(planned)) tally->LatencyFromPlan.Record(now - planned);
    }

    /// <summary>Compares what has come; if it is wrong, the connection is of no more use.
    /// </summary>
    private bool IsRight(int index, int count)
    {
        ref LoadConnection connection = ref connections[index];
        long offset = connection.BytesReceived;
        int right = verifier.CountRight(
            connection.Identity, offset, connection.BytesSent, new(buffer, count));
        if (right == count) return true;
        tally->AddWrong(connection.Identity, offset + right);
        Close(index);
        if (options.StopsAtFailure) progress->Abandon();
        return false;
    }

    /// <summary>The server has ended a connection (0), or it has failed.</summary>
    private void OnEnd(int index, int errno)
    {
        ref LoadConnection connection = ref connections[index];
        bool isWhole = connection.BytesReceived == connection.BytesSent;
        if (errno != 0 || connection.State != ConnectionState.Ending || !isWhole)
        {
            Fail(index, errno); // 0: Tally.ClosedByServer
            return;
        }
        if (phase.Measures(loop.Now)) tally->Closed++;
        Close(index);
    }
}
