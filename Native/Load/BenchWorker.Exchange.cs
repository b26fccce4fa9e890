// Sending and receiving: messages under way, partial sends, what comes back compared and timed.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Bench;
using Tmds.Linux;

namespace Epollecho.Native.Load;

internal unsafe partial struct BenchWorker
{
    /// <summary>Sends before events are looked at again: what comes back meanwhile is seen that
    /// much later.</summary>
    private const int MaxDuePerTurn = 16;

    private void OnEvent(int index, int events)
    {
        if (connections[index].State == ConnectionState.Connecting)
        {
            OnConnected(index);
            return;
        }
        if ((events & ~LibC.EPOLLOUT) != 0) Receive(index);
        if (connections[index].State == ConnectionState.Open) Send(index);
    }

    /// <summary>When message <paramref name="serial"/> of this worker's schedule is to be sent:
    /// all workers' messages are evenly spaced.</summary>
    private readonly long PlannedNs(long serial) => loadStartNs + (long)(
        ((serial * (double)options.Workers) + number) * NsPerSecond / options.Rate);

    /// <summary>Is there a message of the schedule that is still to be given to a connection? In
    /// the drain, too, for this thread may have been too busy, or have woken up too late.</summary>
    private readonly bool MayPlan => options.Rate > 0 && loadStartNs != long.MaxValue
        && messagesLeft > 0 && !backlogIsDropped && PlannedNs(nextPlanned) < measureEndNs;

    /// <summary>Lets the messages go whose time has come, to each connection in turn.</summary>
    private void SendDue()
    {
        for (int i = 0; i < MaxDuePerTurn && MayPlan && PlannedNs(nextPlanned) <= nowNs; i++)
        {
            int index = (int)(nextPlanned % connectionCount);
            nextPlanned++;
            messagesLeft--;
            connections[index].Allowed++; // never sent if the connection has failed
            if (connections[index].State != ConnectionState.Open) continue;
            underWay++;
            SendNow(index);
        }
    }

    /// <summary>Messages of the schedule whose time came, and that this thread was too busy to
    /// give to a connection.</summary>
    private readonly long NotPlanned()
    {
        double lateNs = measureEndNs - PlannedNs(nextPlanned);
        double perWorker = (double)options.Rate / options.Workers / NsPerSecond;
        long count = long.Clamp((long)(lateNs * perWorker), 0, messagesLeft);
        // Planned times are whole ns: it may be one more or less.
        while (count > 0 && PlannedNs(nextPlanned + count - 1) >= measureEndNs) count--;
        while (count < messagesLeft && PlannedNs(nextPlanned + count) < measureEndNs) count++;
        return count;
    }

    /// <summary>Is there a connection that has not begun to send, without a rate?</summary>
    private readonly bool MayBegin => options.Rate == 0 && options.Mode != BenchMode.Churn
        && !isDraining && loadStartNs != long.MaxValue && begunCount < connectionCount;

    /// <summary>Lets some more of the connections send as many messages as they can.</summary>
    private void BeginConnections()
    {
        for (int i = 0; i < MaxDuePerTurn && MayBegin; i++)
        {
            int index = begunCount++;
            connections[index].Allowed = long.MaxValue;
            if (connections[index].State == ConnectionState.Open) SendNow(index);
        }
    }

    /// <summary>A send that no event has called for: the time is not that of one.</summary>
    private void SendNow(int index)
    {
        nowNs = Clock.MonotonicNs();
        Send(index);
    }

    /// <summary>Begins what messages may be begun, and sends as far as the kernel takes it.
    /// </summary>
    private void Send(int index)
    {
        ref BenchConnection connection = ref connections[index];
        long target = options.Mode == BenchMode.Stream
            ? connection.Allowed > 0 ? long.MaxValue : connection.BytesSent
            : BeginMessages(ref connection, index);
        if (connection.BytesSent == connection.BytesReceived) connection.AwaitedSinceNs = nowNs;
        while (connection.BytesSent < target)
        {
            long piece = long.Min(target - connection.BytesSent, Pattern.MaxPieceBytes);
            if (options.Mode == BenchMode.Stream) piece = long.Min(piece, options.SizeBytes);
            byte* from = pattern.At(connection.Identity, connection.BytesSent);
            nint count = Socket.Send(connection.Fd, from, (nint)piece);
            if (Errno.IsAgain(count)) break;
            if (count < 0)
            {
                Fail(index, (int)-count);
                return;
            }
            connection.BytesSent += count;
            if (IsMeasuring) tally->BytesSent += count;
            if (options.Mode == BenchMode.Stream) break; // the others' turn
        }
        WatchRoom(index, connection.BytesSent < target);
    }

    /// <summary>The offset up to which is to be sent.</summary>
    private long BeginMessages(ref BenchConnection connection, int index)
    {
        long completed = connection.BytesReceived / options.SizeBytes;
        long most = long.Min(connection.Allowed, completed + options.Pipeline);
        if (backlogIsDropped) most = connection.Begun;
        // With a rate, what is planned is counted; when churning, connections are.
        bool isCounted = options.Mode == BenchMode.Echo && options.Rate == 0;
        while (connection.Begun < most && (messagesLeft > 0 || !isCounted))
        {
            sendTimes[((long)index * (ringMask + 1)) + (connection.Begun & ringMask)] = nowNs;
            connection.Begun++;
            if (isCounted) messagesLeft--;
            if (options.Rate == 0) underWay++;
            tally->Sent++;
        }
        return connection.Begun * options.SizeBytes;
    }

    private readonly bool IsMeasuring => nowNs >= measureStartNs && nowNs < measureEndNs;

    private void WatchRoom(int index, bool awaitsRoom)
    {
        ref BenchConnection connection = ref connections[index];
        if (connection.AwaitsRoom == awaitsRoom) return;
        connection.AwaitsRoom = awaitsRoom;
        int events = awaitsRoom ? LibC.EPOLLIN | LibC.EPOLLOUT : LibC.EPOLLIN;
        int result = Epoll.Modify(epollFd, connection.Fd, events, (ulong)index);
        if (result < 0) InternalError.Abort("epoll_ctl"u8, -result);
    }

    private void Receive(int index)
    {
        ref BenchConnection connection = ref connections[index];
        nint count = Socket.Receive(connection.Fd, buffer, BufferBytes);
        if (Errno.IsAgain(count)) return;
        nowNs = Clock.MonotonicNs();
        if (count <= 0)
        {
            OnEnd(index, (int)-count);
            return;
        }
        connection.AwaitedSinceNs = nowNs;
        if (!IsRight(index, (int)count)) return;
        long completed = connection.BytesReceived / options.SizeBytes;
        connection.BytesReceived += count;
        if (IsMeasuring) tally->BytesReceived += count;
        if (options.Mode == BenchMode.Stream) return;
        for (; completed < connection.BytesReceived / options.SizeBytes; completed++)
            Complete(ref connection, index, completed);
        bool isDone = options.Mode == BenchMode.Churn && completed == 1;
        if (isDone && connection.State == ConnectionState.Open) EndSending(index);
    }

    /// <summary>Message number <paramref name="message"/> of a connection is back.</summary>
    private void Complete(ref BenchConnection connection, int index, long message)
    {
        tally->Received++;
        underWay--;
        if (IsMeasuring) tally->Measured++;
        long sentNs = sendTimes[((long)index * (ringMask + 1)) + (message & ringMask)];
        if (sentNs >= measureStartNs && sentNs < measureEndNs)
            tally->Latency.Record(nowNs - sentNs);
        if (options.Rate == 0) return;
        long plannedNs = PlannedNs((message * connectionCount) + index);
        if (plannedNs >= measureStartNs && plannedNs < measureEndNs)
            tally->Corrected.Record(nowNs - plannedNs);
    }

    /// <summary>Compares what has come; if it is wrong, the connection is of no more use.
    /// </summary>
    private bool IsRight(int index, int count)
    {
        ref BenchConnection connection = ref connections[index];
        long offset = connection.BytesReceived;
        int comparable = (int)long.Min(count, connection.BytesSent - offset);
        int right = options.SkipsVerification ? comparable
            : pattern.CountRight(connection.Identity, offset, new(buffer, comparable));
        if (right == count) return true;
        if (tally->Wrong++ == 0)
        {
            tally->WrongConnection = connection.Identity;
            tally->WrongOffset = offset + right;
        }
        Close(index);
        return false;
    }

    /// <summary>The server has ended a connection (0), or it has failed.</summary>
    private void OnEnd(int index, int errno)
    {
        ref BenchConnection connection = ref connections[index];
        bool isWhole = connection.BytesReceived == connection.BytesSent;
        if (errno != 0 || connection.State != ConnectionState.Ending || !isWhole)
        {
            Fail(index, errno); // 0: Tally.ClosedByServer
            return;
        }
        if (IsMeasuring) tally->Closed++;
        Close(index);
    }
}
