// One target of ping on the event loop: the round trip under way, on a connection that is opened
// anew after each failure, so that a reply that comes too late is never taken for the next one's.
// Owns the connection and the bytes. Its number is the index of its events and that of its timer.
using System;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Epollecho.Native.Loop;
using Epollecho.Native.Net;
using Tmds.Linux;

namespace Epollecho.Native.Ping;

/// <summary>What an event has made of a round trip.</summary>
internal enum RoundTripState
{
    UnderWay, // or not begun
    Returned,
    Failed,
}

internal unsafe struct PingTarget
{
    private const int NotConnected = -1;

    private readonly int number;
    private readonly int size;
    private readonly Duration timeout;
    private readonly byte* sent;
    private readonly byte* received; // and one byte more, for what should not come
    private Connector connector;
    private int socket;
    private uint generation; // counts the sockets, so that an event of a former one is known
    private Stage stage;
    private int sentCount;
    private int receivedCount;
    private Instant start; // of the send
    private Fault fault;
    private int faultErrno;

    /// <summary>Will ping the addresses of a resolved connector.</summary>
    public PingTarget(int number, in Connector connector, in PingOptions options)
    {
        this.number = number;
        this.connector = connector;
        size = options.SizeBytes;
        timeout = options.Target.Timeout;
        sent = (byte*)NativeMemory.Alloc((nuint)size);
        received = (byte*)NativeMemory.Alloc((nuint)size + 1);
        socket = NotConnected;
    }

    private enum Stage
    {
        Idle,
        Connecting,
        Exchanging,
    }

    private enum Fault
    {
        NotConnected,
        Closed, // by the server
        Broken, // the socket has an error
        NoReply,
        Unasked, // bytes came while nothing was to come
        WrongByte, // at receivedCount
        TooMuch,
    }

    /// <summary>The address that is or was last talked to.</summary>
    public readonly Endpoint Address => connector.Address;

    /// <summary>The round trip under way or the last one, counted from 1.</summary>
    public long Sequence { get; private set; }

    /// <summary>Is none under way?</summary>
    public readonly bool IsIdle => stage == Stage.Idle;

    /// <summary>When the next one is to begin.</summary>
    public Instant NextStart { get; set; }

    /// <summary>From the send to the last byte's arrival, of the last one that returned.
    /// </summary>
    public Duration Elapsed { get; private set; }

    /// <summary>Of what kind the last failure was.</summary>
    public Failure Failure { get; private set; }

    /// <summary>What the loop hands back with events of the present socket.</summary>
    private readonly Token CurrentToken => new(TokenKind.Connection, number, generation);

    /// <summary>Begins a round trip.</summary>
    public RoundTripState Begin(ref EventLoop<EpollPoller> loop)
    {
        Sequence++;
        return socket == NotConnected
            ? Follow(ref loop, connector.Start(loop.Now)) : BeginExchange(ref loop);
    }

    /// <summary>Goes on after an event.</summary>
    public RoundTripState OnEvent(ref EventLoop<EpollPoller> loop, Token token)
    {
        if (token != CurrentToken) return RoundTripState.UnderWay; // of a socket closed since
        return stage switch
        {
            Stage.Connecting => Follow(ref loop, connector.OnEvent(loop.Now)),
            Stage.Exchanging => Exchange(),
            _ => RoundTripState.UnderWay, // looked at when the next one begins
        };
    }

    /// <summary>Goes on after the time limit of what is under way.</summary>
    public RoundTripState OnTimeout(ref EventLoop<EpollPoller> loop) =>
        stage == Stage.Connecting
            ? Follow(ref loop, connector.OnDeadline(loop.Now))
            : Fail(Failure.Timeout, Fault.NoReply);

    /// <summary>Ends the connection.</summary>
    public void Close()
    {
        connector.Abandon();
        if (socket != NotConnected) Files.Close(socket);
        socket = NotConnected;
        stage = Stage.Idle;
    }

    /// <summary>Appends why the last round trip has failed.</summary>
    public readonly void AppendReason(ref TextBuilder text)
    {
        switch (fault)
        {
            case Fault.NotConnected:
                connector.AppendFailure(ref text);
                break;
            case Fault.Closed:
                text.Append("the server has closed the connection"u8);
                break;
            case Fault.Broken:
                text.Append($"the connection has failed: {new ErrnoText(faultErrno)}");
                break;
            case Fault.NoReply:
                text.Append($"after {timeout.InSeconds} s {receivedCount} of {size}");
                text.Append(" bytes had come back"u8);
                break;
            case Fault.Unasked:
                text.Append("bytes have come that were not asked for"u8);
                break;
            case Fault.WrongByte:
                Hexadecimal wrong = new(received[receivedCount]);
                Hexadecimal right = new(sent[receivedCount]);
                text.Append($"byte {receivedCount} of {size} has come back as {wrong}, ");
                text.Append($"not {right}");
                break;
            default:
                text.Append("more has come back than was sent"u8);
                break;
        }
    }

    /// <summary>Does what the connector asks for. The socket is watched for all of its life, each
    /// change being reported once (EPOLLET).</summary>
    private RoundTripState Follow(ref EventLoop<EpollPoller> loop, ConnectState state)
    {
        while (state == ConnectState.Connecting)
        {
            generation++;
            int result = loop.Poller.Add(
                connector.Fd, CurrentToken, LibC.EPOLLIN | LibC.EPOLLOUT | LibC.EPOLLET);
            if (result >= 0)
            {
                stage = Stage.Connecting;
                LimitTime(ref loop, connector.AttemptDeadline);
                return RoundTripState.UnderWay;
            }
            state = connector.Fail(-result, loop.Now);
        }
        if (state == ConnectState.Failed) return Fail(connector.Failure, Fault.NotConnected);
        socket = connector.TakeSocket();
        return BeginExchange(ref loop);
    }

    private RoundTripState BeginExchange(ref EventLoop<EpollPoller> loop)
    {
        // Nothing was asked, so nothing may have come; not the end either.
        nint count = Socket.Receive(socket, received, 1);
        if (count > 0) return Fail(Failure.Mismatch, Fault.Unasked);
        if (!Errno.IsAgain(count)) return FailBroken(count);
        Payload.Fill(new Span<byte>(sent, size), (ulong)Sequence);
        sentCount = 0;
        receivedCount = 0;
        stage = Stage.Exchanging;
        start = Instant.Now;
        LimitTime(ref loop, Deadline.AfterOptional(timeout, start));
        return Send();
    }

    /// <summary>Sends what is to be sent, takes what has come, as far as both go.</summary>
    private RoundTripState Exchange()
    {
        RoundTripState state = Send();
        while (state == RoundTripState.UnderWay && receivedCount < size)
        {
            nint count = Socket.Receive(
                socket, received + receivedCount, sentCount - receivedCount + 1);
            Instant arrival = Instant.Now; // the comparison is none of the server's time
            if (Errno.IsAgain(count)) return state;
            state = count > 0 ? Verify((int)count) : FailBroken(count);
            Elapsed = arrival - start;
        }
        if (state != RoundTripState.UnderWay) return state;
        stage = Stage.Idle;
        return RoundTripState.Returned;
    }

    private RoundTripState Send()
    {
        if (sentCount == size) return RoundTripState.UnderWay;
        nint count = Socket.Send(socket, sent + sentCount, size - sentCount);
        if (count > 0) sentCount += (int)count;
        else if (!Errno.IsAgain(count)) return FailBroken(count);
        return RoundTripState.UnderWay;
    }

    /// <summary>Compares what has come with what was sent.</summary>
    private RoundTripState Verify(int count)
    {
        int comparable = int.Min(receivedCount + count, sentCount) - receivedCount;
        int same = new Span<byte>(received + receivedCount, comparable)
            .CommonPrefixLength(new Span<byte>(sent + receivedCount, comparable));
        receivedCount += same;
        if (same < comparable) return Fail(Failure.Mismatch, Fault.WrongByte);
        if (count > comparable) return Fail(Failure.Mismatch, Fault.TooMuch);
        return RoundTripState.UnderWay;
    }

    private readonly void LimitTime(ref EventLoop<EpollPoller> loop, Deadline deadline)
    {
        if (deadline.IsNever) loop.Timers.Cancel(number);
        else loop.Timers.Arm(number, deadline.At);
    }

    /// <summary>Fails for a result of send or recv: 0, the end, or -errno.</summary>
    private RoundTripState FailBroken(nint result)
    {
        if (result == 0) return Fail(Failure.Reset, Fault.Closed);
        faultErrno = (int)-result;
        return Fail(Failure.Of(faultErrno), Fault.Broken);
    }

    private RoundTripState Fail(Failure kind, Fault what)
    {
        Failure = kind;
        fault = what;
        Close();
        return RoundTripState.Failed;
    }
}
