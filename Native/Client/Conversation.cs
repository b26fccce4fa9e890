// The client's exchange with the server: input goes to the server and what comes back goes to
// output, both at once, on the event loop. Neither direction waits for the other, so any amount
// goes through; each has one buffer. At a terminal the next line is read when the last is back.
// The loop is one of poll(2), which takes regular files, too, as epoll does not.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Client;

/// <summary>How a conversation has ended.</summary>
internal enum ConversationEnd
{
    Complete, // every byte has come back, and nothing else
    StreamFailed, // standard input or output, which has been reported
    TimedOut, // the server has let it wait for too long
    SocketFailed,
    TooMuch, // more has come back than was sent
    ClosedBeforeEndOfInput,
    ClosedTooEarly, // before it had returned all
    Different, // as many bytes have come back, but not the same
}

internal unsafe ref struct Conversation : ILoopOwner
{
    private const int StandardInput = 0;
    private const int Descriptors = 3;

    private readonly int socket;
    private readonly Duration timeout; // zero: none
    private NonBlockingOutput output;
    private Flow toServer;
    private Flow fromServer;
    private Dialogue dialogue;
    private long linesLeft;
    private Instant now; // in this turn of the loop
    private Instant lastProgress; // of the server's
    private int inputEvents; // of this turn
    private int socketEvents;
    private int outputEvents;
    private bool sendingHasEnded;
    private bool inputHasFailed;
    private bool outputHasFailed;
    private bool hasTimedOut;

    /// <summary>Talks on a connected socket, of which it stays the borrower.</summary>
    public Conversation(int socket, in ClientOptions options)
    {
        this.socket = socket;
        timeout = options.Target.Timeout;
        output = NonBlockingOutput.Open(StandardOutput.Fd);
        toServer = Flow.Create();
        fromServer = Flow.Create();
        dialogue = Dialogue.Open();
        linesLeft = options.LineCount == 0 ? long.MaxValue : options.LineCount;
    }

    public static bool ObservesWaits => false;

    public readonly long BytesSent => toServer.Written;

    public readonly long BytesReturned => fromServer.Written;

    public readonly bool IsInteractive => dialogue.IsOn;

    /// <summary>The error that ended it, if <see cref="End"/> says so.</summary>
    public int SocketErrno { get; private set; }

    public readonly ConversationEnd End =>
        outputHasFailed || inputHasFailed ? ConversationEnd.StreamFailed
        : hasTimedOut ? ConversationEnd.TimedOut
        : SocketErrno != 0 ? ConversationEnd.SocketFailed
        : BytesReturned > BytesSent ? ConversationEnd.TooMuch
        : !sendingHasEnded ? ConversationEnd.ClosedBeforeEndOfInput
        : BytesReturned < BytesSent ? ConversationEnd.ClosedTooEarly
        : toServer.Checksum != fromServer.Checksum ? ConversationEnd.Different
        : ConversationEnd.Complete;

    /// <summary>The end of the time limit, where it is the server that is waited for.</summary>
    public readonly Instant WaitLimit => timeout.IsZero || !IsWaitingForServer
        ? Instant.Never : lastProgress + timeout;

    /// <summary>Is the server to take bytes, give some back, or end?</summary>
    private readonly bool IsWaitingForServer => fromServer.IsEmpty
        && (!toServer.IsEmpty || sendingHasEnded || fromServer.Written < toServer.Written);

    /// <summary>Until both sides have ended, or one cannot go on.</summary>
    public void Run()
    {
        int result = EventLoop<PollPoller>.TryCreate(
            PollerKind.Poll, Descriptors, timers: 1, out EventLoop<PollPoller> loop);
        if (result >= 0) result = loop.Poller.Add(socket, new(TokenKind.Connection, 0), 0);
        if (result >= 0) result = loop.Poller.Add(StandardInput, new(TokenKind.Input, 0), 0);
        if (result >= 0) result = loop.Poller.Add(output.Fd, new(TokenKind.Output, 0), 0);
        if (result < 0) InternalError.Abort("event loop"u8, -result);
        lastProgress = loop.Now;
        dialogue.Begin();
        while (!outputHasFailed && !hasTimedOut && !(fromServer.HasEnded && fromServer.IsEmpty))
        {
            Watch(ref loop.Poller);
            result = loop.Turn(ref this);
            if (result < 0) InternalError.Abort("poll"u8, -result);
        }
        dialogue.End();
    }

    public void OnEvent(Token token, int events)
    {
        if (token.Kind == TokenKind.Input) inputEvents = events;
        else if (token.Kind == TokenKind.Output) outputEvents = events;
        else socketEvents = events;
    }

    public readonly void OnTimer(int timer)
    {
        // There are none: the time limit is that of each wait.
    }

    /// <summary>Does what can be done, the output first, so that there is room for what has come.
    /// </summary>
    public void OnTurnEnd()
    {
        now = Instant.Now;
        hasTimedOut = (inputEvents | socketEvents | outputEvents) == 0 && now >= WaitLimit;
        if (outputEvents != 0) WriteOutput();
        if ((socketEvents & ~LibC.EPOLLOUT) != 0) Receive();
        if (inputEvents != 0) ReadInput();
        // Input that has just come is sent without asking: there nearly always is room.
        if (socketEvents != 0 || inputEvents != 0) Send();
        inputEvents = socketEvents = outputEvents = 0;
    }

    public readonly void OnWaited(epoll_event* events, int count, Instant start, Instant end)
    {
    }

    /// <summary>Asks for what can be used: room where bytes wait, bytes where none do.</summary>
    private readonly void Watch(ref PollPoller poller)
    {
        bool readsInput = !toServer.HasEnded && toServer.IsEmpty && !dialogue.IsWaiting;
        bool receives = fromServer.IsEmpty && !fromServer.HasEnded;
        WatchFor(ref poller, StandardInput, TokenKind.Input, readsInput ? LibC.EPOLLIN : 0);
        WatchFor(ref poller, socket, TokenKind.Connection,
            (receives ? LibC.EPOLLIN : 0) | (toServer.IsEmpty ? 0 : LibC.EPOLLOUT));
        WatchFor(ref poller, output.Fd, TokenKind.Output,
            fromServer.IsEmpty ? 0 : LibC.EPOLLOUT);
    }

    private static void WatchFor(ref PollPoller poller, int fd, TokenKind kind, int events) =>
        _ = poller.Modify(fd, new Token(kind, 0), events); // poll makes no call for it

    private void ReadInput()
    {
        if (!toServer.IsEmpty || toServer.HasEnded) return;
        nint count = Files.Read(StandardInput, toServer.Space);
        if (Errno.IsAgain(count)) return; // spurious
        if (!IsWaitingForServer) lastProgress = now; // from here on it is waited for
        if (count > 0) count = LimitLines(toServer.Space[..(int)count]);
        if (count > 0)
        {
            toServer.Fill((int)count);
            dialogue.OnRead();
            return;
        }
        toServer.HasEnded = true;
        if (count == 0) return;
        inputHasFailed = true;
        Log.WriteError("cannot read standard input"u8, (int)-count);
    }

    /// <summary>How many of these bytes belong to the lines that may still be sent.</summary>
    private int LimitLines(ReadOnlySpan<byte> bytes)
    {
        if (linesLeft == long.MaxValue) return bytes.Length;
        int length = 0;
        while (linesLeft > 0 && length < bytes.Length)
        {
            int feed = bytes[length..].IndexOf((byte)'\n');
            if (feed < 0) return bytes.Length;
            length += feed + 1;
            linesLeft--;
        }
        toServer.HasEnded = linesLeft == 0;
        return length;
    }

    private void Send()
    {
        while (!toServer.IsEmpty)
        {
            nint count;
            fixed (byte* from = toServer.Waiting)
                count = Socket.Send(socket, from, toServer.Waiting.Length);
            if (Errno.IsAgain(count)) return;
            if (count < 0)
            {
                StopSending((int)-count);
                return;
            }
            lastProgress = now;
            toServer.Advance((int)count);
        }
        if (!toServer.HasEnded || sendingHasEnded || SocketErrno != 0) return;
        sendingHasEnded = true;
        _ = Socket.EndSending(socket); // after a reset, recv reports it
    }

    /// <summary>The server does not take bytes any more; what it has sent is still read.
    /// </summary>
    private void StopSending(int errno)
    {
        SocketErrno = errno;
        toServer.HasEnded = true;
        toServer.Drop();
    }

    private void Receive()
    {
        if (!fromServer.IsEmpty || fromServer.HasEnded) return;
        nint count;
        fixed (byte* into = fromServer.Space)
            count = Socket.Receive(socket, into, fromServer.Space.Length);
        if (Errno.IsAgain(count)) return;
        lastProgress = now;
        if (count > 0)
        {
            fromServer.Fill((int)count);
            WriteOutput();
            return;
        }
        if (count < 0 && SocketErrno == 0) SocketErrno = (int)-count;
        fromServer.HasEnded = true;
    }

    private void WriteOutput()
    {
        if (fromServer.IsEmpty) return;
        nint count = output.Write(fromServer.Waiting);
        if (Errno.IsAgain(count)) return;
        if (count <= 0)
        {
            outputHasFailed = true;
            _ = StandardOutput.Fail(count == 0 ? LibC.EIO : (int)-count);
            return;
        }
        lastProgress = now; // until now the output was waited for, not the server
        bool endsLine = fromServer.Waiting[(int)count - 1] == '\n';
        fromServer.Advance((int)count);
        if (toServer.IsEmpty && fromServer.Written >= toServer.Written)
            dialogue.OnReturned(fromServer.Written, endsLine, goesOn: !toServer.HasEnded);
    }
}
