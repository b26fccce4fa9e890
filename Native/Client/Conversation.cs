// The client's loop: input goes to the server and what comes back goes to output, both at once,
// waiting for whatever can go on (poll(2)). Neither direction waits for the other, so any amount
// goes through; each has one buffer. On a terminal the next line is read when the last is back.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Client;

internal unsafe ref struct Conversation
{
    private const int StandardInput = 0;
    private const int StandardOutputFd = 1;
    private const long NsPerMs = 1_000_000;

    private readonly int socket;
    private readonly long timeoutMs;
    private NonBlockingOutput output;
    private Flow toServer;
    private Flow fromServer;
    private Dialogue dialogue;
    private long linesLeft;
    private long lastProgressNs;
    private bool sendingHasEnded;
    private bool outputHasFailed;

    /// <summary>Talks on a connected socket, of which it stays the borrower.</summary>
    public Conversation(int socket, in ClientOptions options)
    {
        this.socket = socket;
        timeoutMs = options.Target.Timeout.Milliseconds;
        output = NonBlockingOutput.Open(StandardOutputFd);
        toServer = Flow.Create();
        fromServer = Flow.Create();
        dialogue = Dialogue.Open();
        linesLeft = options.LineCount == 0 ? long.MaxValue : options.LineCount;
    }

    public readonly long BytesSent => toServer.Written;

    public readonly long BytesReturned => fromServer.Written;

    /// <summary>Did other bytes come back than were sent, though as many?</summary>
    public readonly bool Differs => toServer.Checksum != fromServer.Checksum;

    /// <summary>Was input left, or still to come, when the server had ended?</summary>
    public readonly bool HasUnsent => !sendingHasEnded;

    public readonly bool OutputHasFailed => outputHasFailed;

    /// <summary>The error that ended the conversation: 0, or errno of the socket's.</summary>
    public int SocketErrno { get; private set; }

    /// <summary>Has nothing come back for too long?</summary>
    public bool HasTimedOut { get; private set; }

    public readonly bool IsInteractive => dialogue.IsOn;

    /// <summary>Until both sides have ended, or one cannot go on.</summary>
    public void Run()
    {
        pollfd* items = stackalloc pollfd[3]; // input, socket, output
        lastProgressNs = Clock.MonotonicNs();
        dialogue.Begin();
        while (!outputHasFailed && !HasTimedOut && !(fromServer.HasEnded && fromServer.IsEmpty))
        {
            Watch(items);
            int result = Poll.Wait(items, 3, RemainingMs());
            if (result < 0) InternalError.Abort("poll"u8, -result);
            if (items[2].revents != 0) WriteOutput();
            if ((items[1].revents & ~LibC.POLLOUT) != 0) Receive();
            if (items[0].revents != 0) ReadInput();
            // Input that has just come is sent without asking: there nearly always is room.
            if (items[1].revents != 0 || items[0].revents != 0) Send();
            HasTimedOut = result == 0 && IsWaiting && RemainingMs() == 0;
        }
        dialogue.End();
    }

    /// <summary>Asks for what can be used: room where bytes wait, bytes where none do.</summary>
    private readonly void Watch(pollfd* items)
    {
        bool readsInput = !toServer.HasEnded && toServer.IsEmpty && !dialogue.IsWaiting;
        items[0] = Item(StandardInput, readsInput ? LibC.POLLIN : 0);
        int socketEvents = (fromServer.IsEmpty && !fromServer.HasEnded ? LibC.POLLIN : 0)
            | (toServer.IsEmpty ? 0 : LibC.POLLOUT);
        items[1] = Item(socket, socketEvents);
        items[2] = Item(output.Fd, fromServer.IsEmpty ? 0 : LibC.POLLOUT);
    }

    /// <summary>An entry for poll; without an event to wait for, one that is ignored, for errors
    /// are reported unasked and would be so again and again.</summary>
    private static pollfd Item(int fd, int events)
    {
        pollfd item = default;
        item.fd = events == 0 ? -1 : fd;
        item.events = (short)events;
        return item;
    }

    /// <summary>Is it the server's turn: is it to take bytes, give some back, or end?</summary>
    private readonly bool IsWaiting => fromServer.IsEmpty
        && (!toServer.IsEmpty || sendingHasEnded || fromServer.Written < toServer.Written);

    private readonly int RemainingMs()
    {
        if (timeoutMs == 0 || !IsWaiting) return -1;
        long leftNs = lastProgressNs + (timeoutMs * NsPerMs) - Clock.MonotonicNs();
        return (int)long.Clamp((leftNs + NsPerMs - 1) / NsPerMs, 0, int.MaxValue);
    }

    private void ReadInput()
    {
        if (!toServer.IsEmpty || toServer.HasEnded) return;
        nint count = Files.Read(StandardInput, toServer.Space);
        if (Errno.IsAgain(count)) return; // spurious
        if (!IsWaiting) lastProgressNs = Clock.MonotonicNs(); // the server's turn begins
        if (count > 0) count = LimitLines(toServer.Space[..(int)count]);
        if (count > 0)
        {
            toServer.Fill((int)count);
            dialogue.HasRead();
        }
        else
        {
            toServer.HasEnded = true;
            if (count < 0) Log.WriteError("cannot read standard input"u8, (int)-count);
            InputHasFailed |= count < 0;
        }
    }

    /// <summary>Was standard input not to be read?</summary>
    public bool InputHasFailed { get; private set; }

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
            lastProgressNs = Clock.MonotonicNs();
            toServer.Advance((int)count);
        }
        if (!toServer.HasEnded || sendingHasEnded || SocketErrno != 0) return;
        sendingHasEnded = true;
        _ = Socket.EndSending(socket); // after a reset, recv tells
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
        lastProgressNs = Clock.MonotonicNs();
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
        lastProgressNs = Clock.MonotonicNs(); // the server was not to blame until now
        bool endsLine = fromServer.Waiting[(int)count - 1] == '\n';
        fromServer.Advance((int)count);
        if (toServer.IsEmpty && fromServer.Written >= toServer.Written)
            dialogue.HasReturned(fromServer.Written, endsLine, goesOn: !toServer.HasEnded);
    }
}
