// One way of watching, tried out: bytes arrive, a part is read, one more byte arrives, the watch is
// set anew; after each step epoll is asked without waiting, and its answer printed.
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
    private const int BlockBytes = 16 * 1024;
    private const int EventCapacity = 4;
    private const int MaxLineLength = Log.MaxLineLength;

    private LoopbackPair pair;
    private int epollFd;
    private int events;

    private static Duration ArrivalLimit => Duration.FromSeconds(2L);

    private static Duration ArrivalCheckInterval => Duration.FromMilliseconds(5);

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
            : LabError.Fail("epoll_create1"u8, -trial.epollFd);
        if (trial.epollFd >= 0) Files.Close(trial.epollFd);
        trial.pair.Close();
        return done;
    }

    /// <summary>Does a socket's receive buffer hold as many bytes as are to arrive? False, with a
    /// message, if not.</summary>
    public static bool TryCheckSize(in TriggersOptions options)
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

    private readonly bool TryWatch()
    {
        int result = Epoll.Add(epollFd, pair.ReaderFd, events, (ulong)pair.ReaderFd);
        return result >= 0 || LabError.Fail("epoll_ctl(EPOLL_CTL_ADD)"u8, -result);
    }

    private readonly bool TrySteps(in TriggersOptions options, ref TriggerAnswers answers) =>
        TryArrival(options.SizeBytes, out answers.AfterArrival)
        && TryRead(options.ReadBytes, out answers.LeftAfterRead, out answers.AfterRead)
        && TryNewByte(answers.LeftAfterRead, out answers.AfterNewByte)
        && TryModify(out answers.AfterModify);

    private readonly bool TryArrival(int bytes, out bool isReported)
    {
        isReported = false;
        if (!TrySend(bytes, bytes)) return false;
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"  1. {bytes} B arrive\n");
        return StandardOutput.TryWrite(text.Written) && TryPrintEvents(out isReported);
    }

    private readonly bool TryRead(int bytes, out int leftBytes, out bool isReported)
    {
        isReported = false;
        leftBytes = 0;
        if (!TryReceive(bytes)) return false;
        leftBytes = Socket.BytesWaiting(pair.ReaderFd);
        if (leftBytes < 0) return LabError.Fail("ioctl(FIONREAD)"u8, -leftBytes);
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"  2. {bytes} B are read, {leftBytes} B are left\n");
        return StandardOutput.TryWrite(text.Written) && TryPrintEvents(out isReported);
    }

    private readonly bool TryNewByte(int waitingBytes, out bool isReported)
    {
        isReported = false;
        return TrySend(1, waitingBytes + 1)
            && StandardOutput.TryWrite("  3. 1 B more arrives\n"u8)
            && TryPrintEvents(out isReported);
    }

    private readonly bool TryModify(out bool isReported)
    {
        isReported = false;
        int result = Epoll.Modify(epollFd, pair.ReaderFd, events, (ulong)pair.ReaderFd);
        if (result < 0) return LabError.Fail("epoll_ctl(EPOLL_CTL_MOD)"u8, -result);
        return StandardOutput.TryWrite("  4. epoll_ctl(EPOLL_CTL_MOD) with the same events\n"u8)
            && TryPrintEvents(out isReported);
    }

    /// <summary>Sends, and waits until the reader's kernel holds <paramref name="expectedBytes"/>
    /// in all: to an edge trigger, what arrives later would be a change.</summary>
    private readonly bool TrySend(int bytes, int expectedBytes)
    {
        byte* block = stackalloc byte[BlockBytes];
        new Span<byte>(block, BlockBytes).Fill((byte)'x');
        int intervalMs = (int)ArrivalCheckInterval.Milliseconds;
        Deadline deadline = Deadline.After(ArrivalLimit);
        int sent = 0;
        int waiting = 0;
        while (waiting != expectedBytes)
        {
            if (deadline.HasPassed()) return FailForSize(waiting, expectedBytes);
            if (sent < bytes)
            {
                nint result = Socket.Send(
                    pair.WriterFd, block, int.Min(BlockBytes, bytes - sent));
                if (result > 0) sent += (int)result;
                else if (!Errno.IsAgain(result)) return LabError.Fail("send"u8, (int)-result);
                else _ = Socket.AwaitWritable(pair.WriterFd, intervalMs);
            }
            else
            {
                Clock.Sleep(intervalMs);
            }
            waiting = Socket.BytesWaiting(pair.ReaderFd);
            if (waiting < 0) return LabError.Fail("ioctl(FIONREAD)"u8, -waiting);
        }
        return true;
    }

    private static bool FailForSize(int waiting, int expectedBytes)
    {
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"only {waiting} of {expectedBytes} B have arrived: ");
        text.Append("a socket's receive buffer (net.core.rmem_max) holds no more; "u8);
        text.Append("give a smaller --size"u8);
        return LabError.Fail(text.Written);
    }

    private readonly bool TryReceive(int bytes)
    {
        byte* block = stackalloc byte[BlockBytes];
        while (bytes > 0)
        {
            nint result = Socket.Receive(pair.ReaderFd, block, int.Min(BlockBytes, bytes));
            if (result <= 0) return LabError.Fail("recv"u8, (int)-result);
            bytes -= (int)result;
        }
        return true;
    }

    /// <summary>Asks epoll without waiting, and prints its answer.</summary>
    private readonly bool TryPrintEvents(out bool isReported)
    {
        epoll_event* reported = stackalloc epoll_event[EventCapacity];
        int count = Epoll.Wait(epollFd, reported, EventCapacity, 0);
        isReported = count > 0;
        if (count < 0) return LabError.Fail("epoll_wait"u8, -count);
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("     epoll_wait -> ["u8);
        for (int i = 0; i < count; i++)
        {
            if (i > 0) text.Append(", "u8);
            text.Append(new ReportedEvent((int)reported[i].data.u64, reported[i].events));
        }
        text.Append("]\n"u8);
        return StandardOutput.TryWrite(text.Written);
    }
}
