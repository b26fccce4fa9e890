// One way of watching, put to the test: bytes arrive, a part is read, one more byte arrives, the
// watch is set anew; after each step epoll is asked without waiting, and its answer printed.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Lab;

/// <summary>Whether epoll reported the descriptor after each step, and what was left to read.
/// </summary>
internal struct TriggerAnswers
{
    public bool AfterArrival;
    public bool AfterRead;
    public bool AfterNewByte;
    public bool AfterModify;
    public int LeftAfterRead; // bytes
}

internal unsafe struct TriggerTrial
{
    private const int ArrivalTimeoutMs = 2000;
    private const int StepMs = 5;
    private const int BlockBytes = 16 * 1024;
    private const int EventCapacity = 4;
    private const long NsPerMs = 1_000_000;

    private LoopbackPair pair;
    private int epollFd;
    private int events;
    private int step;

    /// <summary>Runs all steps on a connection of its own; false, with a message, if one fails.
    /// </summary>
    public static bool TryRun(
        in TriggersOptions options, int events, out TriggerAnswers answers)
    {
        answers = default;
        TriggerTrial trial = new() { events = events };
        if (!LoopbackPair.TryOpen(ReceiveBufferBytes(options), out trial.pair)) return false;
        trial.epollFd = Epoll.Create();
        bool done = trial.epollFd >= 0
            ? trial.TryWatch() && trial.TrySteps(options, ref answers)
            : LabError.Tell("epoll_create1"u8, -trial.epollFd);
        if (trial.epollFd >= 0) Files.Close(trial.epollFd);
        trial.pair.Close();
        return done;
    }

    /// <summary>Do so many bytes arrive, with nobody reading? False, with a message, if not.
    /// </summary>
    public static bool TryRehearse(in TriggersOptions options)
    {
        TriggerTrial trial = default;
        if (!LoopbackPair.TryOpen(ReceiveBufferBytes(options), out trial.pair)) return false;
        bool fits = trial.TrySend(options.SizeBytes, options.SizeBytes);
        trial.pair.Close();
        return fits;
    }

    /// <summary>The kernel counts its own overhead against the buffer: as much again.</summary>
    private static int ReceiveBufferBytes(in TriggersOptions options) =>
        int.Max(options.SizeBytes, TriggersOptions.DefaultSizeBytes) * 2;

    private bool TryWatch()
    {
        int result = Epoll.Add(epollFd, pair.ReaderFd, events, (ulong)pair.ReaderFd);
        return result >= 0 || LabError.Tell("epoll_ctl(EPOLL_CTL_ADD)"u8, -result);
    }

    private bool TrySteps(in TriggersOptions options, ref TriggerAnswers answers)
    {
        if (!TrySend(options.SizeBytes, options.SizeBytes)) return false;
        if (!TryTell(options.SizeBytes, " B arrive"u8)) return false;
        if (!TryAsk(out answers.AfterArrival)) return false;

        if (!TryRead(options.ReadBytes)) return false;
        answers.LeftAfterRead = Socket.BytesWaiting(pair.ReaderFd);
        if (!TryTellRead(options.ReadBytes, answers.LeftAfterRead)) return false;
        if (!TryAsk(out answers.AfterRead)) return false;

        if (!TrySend(1, answers.LeftAfterRead + 1)) return false;
        if (!TryTell(1, " B more arrives"u8)) return false;
        if (!TryAsk(out answers.AfterNewByte)) return false;

        int result = Epoll.Modify(epollFd, pair.ReaderFd, events, (ulong)pair.ReaderFd);
        if (result < 0) return LabError.Tell("epoll_ctl(EPOLL_CTL_MOD)"u8, -result);
        if (!TryTell(-1, "epoll_ctl(EPOLL_CTL_MOD) with the same events"u8)) return false;
        return TryAsk(out answers.AfterModify);
    }

    /// <summary>Sends, and waits until the reader's kernel holds <paramref name="expectedBytes"/>
    /// in all: what is still under way would be news to an edge trigger.</summary>
    private readonly bool TrySend(int bytes, int expectedBytes)
    {
        byte* block = stackalloc byte[BlockBytes];
        new Span<byte>(block, BlockBytes).Fill((byte)'x');
        long deadlineNs = Clock.MonotonicNs() + (ArrivalTimeoutMs * NsPerMs);
        int sent = 0;
        int waiting = 0;
        while (waiting != expectedBytes)
        {
            if (Clock.MonotonicNs() >= deadlineNs) return RefuseSize(waiting, expectedBytes);
            if (sent < bytes)
            {
                nint result = Socket.Send(
                    pair.WriterFd, block, int.Min(BlockBytes, bytes - sent));
                if (result > 0) sent += (int)result;
                else if (!Errno.IsAgain(result)) return LabError.Tell("send"u8, (int)-result);
                else _ = Socket.AwaitWritable(pair.WriterFd, StepMs);
            }
            else
            {
                Clock.Sleep(StepMs);
            }
            waiting = Socket.BytesWaiting(pair.ReaderFd);
            if (waiting < 0) return LabError.Tell("ioctl(FIONREAD)"u8, -waiting);
        }
        return true;
    }

    private static bool RefuseSize(int waiting, int expectedBytes)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("only "u8);
        text.Append(waiting);
        text.Append(" of "u8);
        text.Append(expectedBytes);
        text.Append(" B have arrived: a socket's receive buffer (net.core.rmem_max) holds no "u8);
        text.Append("more; give a smaller --size"u8);
        return LabError.Tell(text.Written);
    }

    private readonly bool TryRead(int bytes)
    {
        byte* block = stackalloc byte[BlockBytes];
        while (bytes > 0)
        {
            nint result = Socket.Receive(pair.ReaderFd, block, int.Min(BlockBytes, bytes));
            if (result <= 0) return LabError.Tell("recv"u8, (int)-result);
            bytes -= (int)result;
        }
        return true;
    }

    private bool TryAsk(out bool reported)
    {
        epoll_event* answered = stackalloc epoll_event[EventCapacity];
        int count = Epoll.Wait(epollFd, answered, EventCapacity, 0);
        reported = count > 0;
        if (count < 0) return LabError.Tell("epoll_wait"u8, -count);
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("     epoll_wait -> ["u8);
        for (int i = 0; i < count; i++)
            EventNames.AppendEvent(ref text, i, (long)answered[i].data.u64, answered[i].events);
        text.Append("]\n"u8);
        return StandardOutput.TryWrite(text.Written);
    }

    private bool TryTell(int number, ReadOnlySpan<byte> what)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        StartStep(ref text);
        if (number >= 0) text.Append(number);
        text.Append(what);
        text.Append("\n"u8);
        return StandardOutput.TryWrite(text.Written);
    }

    private bool TryTellRead(int readBytes, int leftBytes)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        StartStep(ref text);
        text.Append(readBytes);
        text.Append(" B are read, "u8);
        text.Append(leftBytes);
        text.Append(" B are left\n"u8);
        return StandardOutput.TryWrite(text.Written);
    }

    private void StartStep(ref TextBuilder text)
    {
        step++;
        text.Append("  "u8);
        text.Append(step);
        text.Append(". "u8);
    }
}
