// A kernel of a test's own: what each call on a descriptor answers is laid down beforehand, and every
// call is recorded. The server's parts run on it without a process, a socket or a poller.
using System;
using System.Collections.Generic;
using System.Linq;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Net;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Calls;
using Epollecho.Native.Server.Session;
using Tmds.Linux;

namespace Epollecho.Tests.Support;

/// <summary>The socket of one connection: what recv brings, and how much send takes.</summary>
internal sealed class ScriptedSocket
{
    private readonly List<byte> input = [];

    public List<byte> Output { get; } = [];

    /// <summary>Bytes that the peer's window still takes.</summary>
    public int Room { get; set; } = int.MaxValue;

    public bool HasEnded { get; set; }

    /// <summary>Errors that the next receives and sends answer with, before anything else.
    /// </summary>
    public Queue<int> ReceiveErrors { get; } = new();

    public Queue<int> SendErrors { get; } = new();

    public void Arrive(ReadOnlySpan<byte> bytes) => input.AddRange(bytes);

    public unsafe nint Receive(byte* into, nint capacity, bool consumes)
    {
        if (ReceiveErrors.TryDequeue(out int errno)) return -errno;
        if (input.Count == 0) return HasEnded ? 0 : -LibC.EAGAIN;
        int count = int.Min((int)capacity, input.Count);
        for (int i = 0; i < count && into != null; i++) into[i] = input[i];
        if (consumes) input.RemoveRange(0, count);
        return count;
    }

    public unsafe nint Send(byte* from, nint length)
    {
        if (SendErrors.TryDequeue(out int errno)) return -errno;
        if (Room == 0) return -LibC.EAGAIN;
        int count = int.Min((int)length, Room);
        Room -= count;
        Output.AddRange(new ReadOnlySpan<byte>(from, count));
        return count;
    }
}

internal sealed class ScriptedKernel
{
    /// <summary>Sockets by descriptor.</summary>
    public Dictionary<int, ScriptedSocket> Sockets { get; } = [];

    /// <summary>What accept4 answers, one after the other; then EAGAIN.</summary>
    public Queue<int> Accepts { get; } = new();

    /// <summary>What it answers when the queue is empty.</summary>
    public int AcceptAfterwards { get; set; } = -LibC.EAGAIN;

    /// <summary>What the next epoll_ctl calls answer; then 0.</summary>
    public Queue<int> Watches { get; } = new();

    /// <summary>What the next splices into a pipe answer, instead of moving bytes.</summary>
    public Queue<int> Splices { get; } = new();

    public List<string> Record { get; } = [];

    /// <summary>Bytes in pipes, by the end that is read from.</summary>
    public Dictionary<int, List<byte>> PipeBytes { get; } = [];

    public int CountOf(string call) =>
        Record.Count(line => line.StartsWith(call + " ", StringComparison.Ordinal));

    public ScriptedSocket Open(int fd) => Sockets[fd] = new ScriptedSocket();
}

internal readonly unsafe struct ScriptedCalls(ScriptedKernel kernel) : ICalls
{
    public static bool Observes => false;

    public int Accept(int listenerFd, Endpoint* peer)
    {
        kernel.Record.Add($"accept4 {listenerFd}");
        return kernel.Accepts.TryDequeue(out int result) ? result : kernel.AcceptAfterwards;
    }

    public nint Receive(Connection* connection, byte* into, nint capacity)
    {
        kernel.Record.Add($"recv {connection->Fd}");
        return kernel.Sockets[connection->Fd].Receive(into, capacity, consumes: true);
    }

    public nint Peek(Connection* connection, byte* into, nint capacity)
    {
        kernel.Record.Add($"peek {connection->Fd}");
        return kernel.Sockets[connection->Fd].Receive(into, capacity, consumes: false);
    }

    public nint Send(Connection* connection, byte* from, nint length)
    {
        kernel.Record.Add($"send {connection->Fd}");
        return kernel.Sockets[connection->Fd].Send(from, length);
    }

    public nint SpliceIn(Connection* connection, Pipe pipe, nint capacity)
    {
        kernel.Record.Add($"splice-in {connection->Fd}");
        if (kernel.Splices.TryDequeue(out int answer)) return answer;
        byte[] bytes = new byte[capacity];
        fixed (byte* into = bytes)
        {
            nint count = kernel.Sockets[connection->Fd].Receive(into, capacity, consumes: true);
            if (count > 0) kernel.PipeBytes[pipe.ReadFd] = [.. bytes[..(int)count]];
            return count;
        }
    }

    public nint SpliceOut(Connection* connection, Pipe pipe, nint length)
    {
        kernel.Record.Add($"splice-out {connection->Fd}");
        List<byte> held = kernel.PipeBytes[pipe.ReadFd];
        fixed (byte* from = held.ToArray())
        {
            nint count = kernel.Sockets[connection->Fd].Send(from, nint.Min(length, held.Count));
            if (count > 0) held.RemoveRange(0, (int)count);
            return count;
        }
    }

    public nint ReadPipe(Connection* connection, Pipe pipe, byte* into, int length)
    {
        kernel.Record.Add($"read-pipe {connection->Fd}");
        List<byte> held = kernel.PipeBytes[pipe.ReadFd];
        int count = int.Min(length, held.Count);
        held.ToArray().AsSpan(0, count).CopyTo(new Span<byte>(into, count));
        return count;
    }

    public int Watch<TPoller>(
        ref TPoller poller, Connection* connection, Token token, int events)
        where TPoller : unmanaged, IPoller<TPoller>
    {
        kernel.Record.Add($"watch {connection->Fd}");
        return kernel.Watches.TryDequeue(out int result) ? result : 0;
    }

    public int ChangeWatch<TPoller>(
        ref TPoller poller, Connection* connection, Token token, int events)
        where TPoller : unmanaged, IPoller<TPoller>
    {
        kernel.Record.Add($"change-watch {connection->Fd}");
        return kernel.Watches.TryDequeue(out int result) ? result : 0;
    }

    public void Close(Connection* connection) => kernel.Record.Add($"close {connection->Fd}");

    public void Refuse(int fd) => kernel.Record.Add($"refuse {fd}");

    public void OnAccepted(Connection* connection, Endpoint* peer)
    {
    }

    public void OnWaited(
        ReadOnlySpan<byte> waitCall, ReadOnlySpan<TracedEvent> events, int count,
        Instant start, Instant end)
    {
    }
}
