// Round trips on a connection that is opened anew after each failure, so that a reply that comes
// too late is never taken for the next one's. Owns the connection and the bytes.
using System;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Epollecho.Native.Net;
using Tmds.Linux;

namespace Epollecho.Native.Ping;

internal unsafe struct Pinger
{
    private const long NsPerMs = 1_000_000;
    private const int NotConnected = -1;

    private Connector connector;
    private byte* sent;
    private byte* received; // and one byte more, for what should not come
    private int size;
    private long timeoutMs;
    private int signalFd;
    private int socket;
    private long arrivalNs; // of the last bytes that came

    /// <summary>Will ping the addresses of a resolved connector; a signal at
    /// <paramref name="signalFd"/> interrupts it.</summary>
    public static Pinger Create(in Connector connector, in PingOptions options, int signalFd) =>
        new()
        {
            connector = connector,
            sent = (byte*)NativeMemory.Alloc((nuint)options.SizeBytes),
            received = (byte*)NativeMemory.Alloc((nuint)options.SizeBytes + 1),
            size = options.SizeBytes,
            timeoutMs = options.Target.Timeout.Milliseconds,
            signalFd = signalFd,
            socket = NotConnected,
        };

    /// <summary>The server that is or was last talked to.</summary>
    public readonly SocketAddress Address => connector.Address;

    /// <summary>Has a signal ended a wait?</summary>
    public bool WasInterrupted { get; private set; }

    /// <summary>One round trip and the time it took, from the send to the last byte's arrival.
    /// If it fails: why, with a text.</summary>
    public Failure Ping(long sequence, ref TextBuilder reason, out long elapsedNs)
    {
        elapsedNs = 0;
        Failure failure = Connect(ref reason);
        if (failure == Failure.None) failure = CheckSilence(ref reason);
        if (failure == Failure.None)
            failure = Exchange(sequence, ref reason, out elapsedNs);
        if (failure != Failure.None) Close();
        return failure;
    }

    /// <summary>Ends the connection; the next ping opens one.</summary>
    public void Close()
    {
        if (socket != NotConnected) Files.Close(socket);
        socket = NotConnected;
    }

    private Failure Connect(ref TextBuilder reason)
    {
        if (socket != NotConnected) return Failure.None;
        socket = connector.Connect(signalFd);
        if (socket != NotConnected) return Failure.None;
        WasInterrupted = connector.WasInterrupted;
        connector.AppendFailure(ref reason);
        return connector.Failure;
    }

    /// <summary>Nothing was asked, so nothing may have come; not the end either.</summary>
    private readonly Failure CheckSilence(ref TextBuilder reason)
    {
        nint count = Socket.Receive(socket, received, 1);
        if (Errno.IsAgain(count)) return Failure.None;
        if (count <= 0) return TellEnd(count, ref reason);
        reason.Append("bytes have come that were not asked for"u8);
        return Failure.Mismatch;
    }

    private Failure Exchange(long sequence, ref TextBuilder reason, out long elapsedNs)
    {
        Payload.Fill(new Span<byte>(sent, size), (ulong)sequence);
        long startNs = Clock.MonotonicNs();
        elapsedNs = 0;
        int sentCount = 0;
        int receivedCount = 0;
        while (receivedCount < size)
        {
            if (sentCount < size)
            {
                nint count = Socket.Send(socket, sent + sentCount, size - sentCount);
                if (count > 0) sentCount += (int)count;
                else if (!Errno.IsAgain(count)) return TellEnd(count, ref reason);
            }
            int events = sentCount < size ? LibC.POLLIN | LibC.POLLOUT : LibC.POLLIN;
            int result = Poll.AwaitOne(socket, events, RemainingMs(startNs), signalFd);
            WasInterrupted = result == -LibC.EINTR;
            if (result == 0) return TellNoReply(receivedCount, ref reason);
            if (result < 0) return TellEnd(result, ref reason);
            Failure failure = Receive(sentCount, ref receivedCount, ref reason);
            if (failure != Failure.None) return failure;
        }
        elapsedNs = arrivalNs - startNs;
        return Failure.None;
    }

    /// <summary>Takes what has come and compares it with what was sent.</summary>
    private Failure Receive(
        int sentCount, ref int receivedCount, ref TextBuilder reason)
    {
        nint count = Socket.Receive(
            socket, received + receivedCount, sentCount - receivedCount + 1);
        arrivalNs = Clock.MonotonicNs(); // the comparison is none of the server's time
        if (Errno.IsAgain(count)) return Failure.None; // room to send, perhaps
        if (count <= 0) return TellEnd(count, ref reason);
        int before = receivedCount;
        receivedCount += (int)count;
        int comparable = int.Min(receivedCount, sentCount) - before;
        Span<byte> came = new(received + before, comparable);
        int same = came.CommonPrefixLength(new Span<byte>(sent + before, comparable));
        if (same < comparable)
        {
            reason.Append("byte "u8);
            reason.Append(before + same);
            reason.Append(" of "u8);
            reason.Append(size);
            reason.Append(" has come back as "u8);
            reason.AppendHexadecimal(came[same]);
            reason.Append(", not "u8);
            reason.AppendHexadecimal(sent[before + same]);
            return Failure.Mismatch;
        }
        if (receivedCount <= sentCount) return Failure.None;
        reason.Append("more has come back than was sent"u8);
        return Failure.Mismatch;
    }

    private readonly int RemainingMs(long startNs)
    {
        if (timeoutMs == 0) return -1;
        long leftNs = startNs + (timeoutMs * NsPerMs) - Clock.MonotonicNs();
        return (int)long.Clamp((leftNs + NsPerMs - 1) / NsPerMs, 0, int.MaxValue);
    }

    private readonly Failure TellNoReply(int receivedCount, ref TextBuilder reason)
    {
        reason.Append("after "u8);
        reason.AppendSeconds(timeoutMs * NsPerMs);
        reason.Append(" "u8);
        reason.Append(receivedCount);
        reason.Append(" of "u8);
        reason.Append(size);
        reason.Append(" bytes had come back"u8);
        return Failure.Timeout;
    }

    /// <summary>What a result of 0 or -errno means.</summary>
    private static Failure TellEnd(nint result, ref TextBuilder reason)
    {
        if (result == 0)
        {
            reason.Append("the server has closed the connection"u8);
            return Failure.Reset;
        }
        reason.Append("the connection has failed: "u8);
        reason.AppendErrno((int)-result);
        return Failure.Of((int)-result);
    }
}
