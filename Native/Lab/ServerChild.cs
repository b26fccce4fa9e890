// A server of this very program in a process of its own: started, asked for its statistics,
// ended. Owns the process and the reader of its output.
using System;
using System.Buffers.Text;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Output;
using Epollecho.Native.Server;
using Epollecho.Native.Server.Engine;
using Tmds.Linux;

namespace Epollecho.Native.Lab;

/// <summary>The fields of the server's line of statistics that are used here.</summary>
internal struct ServerStatistics
{
    public long Connections;
    public long Turns;
    public long WaitUs;
}

internal unsafe struct ServerChild
{
    private const int MaxWords = 16;
    private const int MaxWordLength = 64;
    private const int AnswerTimeoutMs = 10_000;
    private const int EndTimeoutMs = 10_000;
    private const int DeathTimeoutMs = 100;
    private const int StepMs = 1;
    private const int SignalStatus = 128; // and the signal that ended a process
    private const long NsPerMs = 1_000_000;

    private LineReader output;
    private bool hasEnded; // and been waited for: its number may be another process's now

    public int Pid { get; private set; }

    public ushort Port { get; private set; }

    /// <summary>Has the server told that it accepts no more, and why?</summary>
    public Omission Pause { get; private set; }

    /// <summary>Starts a server on a free port of 127.0.0.1 and waits until it listens; false,
    /// with a message, if it does not.</summary>
    public static bool TryStart(Combination combination, out ServerChild child)
    {
        child = default;
        byte** words = stackalloc byte*[MaxWords];
        byte* parent = stackalloc byte[MaxWordLength];
        WriteParent(new(parent, MaxWordLength));
        int i = 0;
        words[i++] = NativeText.PointerTo("epollecho"u8);
        words[i++] = NativeText.PointerTo("serve"u8);
        words[i++] = NativeText.PointerTo("--port=0"u8);
        words[i++] = NativeText.PointerTo("--bind=127.0.0.1"u8);
        words[i++] = NativeText.PointerTo("--measure-wait"u8);
        words[i++] = parent;
        words[i++] = NativeText.PointerTo("--poller"u8);
        words[i++] = NativeText.PointerTo(combination.Poller);
        words[i++] = NativeText.PointerTo("--trigger"u8);
        words[i++] = NativeText.PointerTo(combination.Trigger);
        words[i++] = NativeText.PointerTo("--strategy"u8);
        words[i++] = NativeText.PointerTo(combination.Strategy);
        words[i] = null;
        child.Pid = StartThisProgram(words, out int outputFd);
        if (child.Pid < 0)
            return LabError.Tell("cannot start this program as a server"u8, -child.Pid);
        child.output = LineReader.Open(outputFd);
        if (child.TryReadPort()) return true;
        child.GiveUp();
        return false;
    }

    /// <summary>Asks for statistics; false, with a message, if the server does not answer.
    /// </summary>
    public bool TryAsk(out ServerStatistics statistics)
    {
        statistics = default;
        _ = ChildProcess.Signal(Pid, LibC.SIGUSR1); // one that has ended does not answer
        long deadlineNs = Clock.MonotonicNs() + (AnswerTimeoutMs * NsPerMs);
        while (TryReadLine(deadlineNs, out ReadOnlySpan<byte> line))
        {
            if (line.IndexOf("statistics:"u8) < 0)
            {
                if (line.IndexOf("accepting is paused"u8) < 0) TellLine(line);
                continue;
            }
            statistics.Connections = Field(line, " connections="u8);
            statistics.Turns = Field(line, " turns="u8);
            statistics.WaitUs = Field(line, " wait_us="u8);
            return true;
        }
        return false;
    }

    /// <summary>The processor time that it has used so far, in nanoseconds, or -errno.</summary>
    public readonly long CpuTimeNs() => ChildProcess.CpuTimeNs(Pid);

    /// <summary>Ends the server, which has no connections any more; false, with a message, if it
    /// does not end as it should.</summary>
    public bool TryStop()
    {
        _ = ChildProcess.Signal(Pid, LibC.SIGTERM); // one that has ended is told below
        long deadlineNs = Clock.MonotonicNs() + (EndTimeoutMs * NsPerMs);
        while (Clock.MonotonicNs() < deadlineNs)
        {
            Drain();
            if (!HasEnded(out int status))
            {
                Clock.Sleep(StepMs);
                continue;
            }
            Release();
            return status == 0 || TellEnd(status);
        }
        Kill();
        return LabError.Tell("the server did not end within 10 s of SIGTERM"u8);
    }

    /// <summary>After a failure that has been told: says so if it is the server that has died,
    /// and what its last words were; else ends it without asking.</summary>
    public void GiveUp()
    {
        // A process that dies resets its connections a moment before it can be waited for.
        for (int i = 0; i < DeathTimeoutMs / StepMs && !hasEnded; i++)
        {
            Clock.Sleep(StepMs);
            if (!HasEnded(out int status)) continue;
            TellRest();
            if (status != 0) _ = TellEnd(status);
        }
        Kill();
    }

    private void Kill()
    {
        if (!hasEnded) _ = ChildProcess.Signal(Pid, LibC.SIGKILL);
        long deadlineNs = Clock.MonotonicNs() + (EndTimeoutMs * NsPerMs);
        while (!HasEnded(out _) && Clock.MonotonicNs() < deadlineNs)
            Clock.Sleep(StepMs);
        Release();
    }

    /// <summary>The number behind a field's name in a line of statistics; 0 if there is none.
    /// </summary>
    public static long Field(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name)
    {
        int at = line.IndexOf(name);
        if (at < 0 || !Utf8Parser.TryParse(line[(at + name.Length)..], out long value, out _))
            return 0;
        return value;
    }

    /// <summary>The word that has the server end with this process, NUL-terminated.</summary>
    private static void WriteParent(Span<byte> into)
    {
        TextBuilder text = new(into[..^1]);
        text.Append("--end-with-parent="u8);
        text.Append(Process.Id);
        into[text.Written.Length] = 0;
    }

    private static int StartThisProgram(byte** words, out int outputFd)
    {
        byte* path = ProgramImage.Path;
        if (path != null)
        {
            int process = ChildProcess.Start(path, words, out outputFd);
            if (process != -LibC.ENOENT) return process;
        }
        // Renamed or removed since the start.
        path = NativeText.PointerTo("/proc/self/exe"u8);
        return ChildProcess.Start(path, words, out outputFd);
    }

    private bool TryReadPort()
    {
        long deadlineNs = Clock.MonotonicNs() + (AnswerTimeoutMs * NsPerMs);
        if (!TryReadLine(deadlineNs, out ReadOnlySpan<byte> line)) return false;
        int colon = line.LastIndexOf((byte)':');
        if (line.IndexOf("listening on "u8) < 0
            || !Quantity.TryParseInteger(line[(colon + 1)..], 1, ushort.MaxValue, out long port))
        {
            TellLine(line);
            return LabError.Tell("the server has not begun to listen"u8);
        }
        Port = (ushort)port;
        return true;
    }

    /// <summary>The next line that the server prints, valid until the next call; false, with a
    /// message, when it ends or is silent until the deadline.</summary>
    private bool TryReadLine(long deadlineNs, out ReadOnlySpan<byte> line)
    {
        line = default;
        while (true)
        {
            if (TryTakeLine(out line)) return true;
            long leftMs = (deadlineNs - Clock.MonotonicNs()) / NsPerMs;
            if (leftMs <= 0) return LabError.Tell("the server does not answer"u8);
            if (!Files.AwaitReadable(output.Fd, (int)leftMs)) continue;
            nint count = output.Fill();
            if (count <= 0 && !Errno.IsAgain(count)) return TellUnexpectedEnd();
        }
    }

    private bool TryTakeLine(out ReadOnlySpan<byte> line)
    {
        if (!output.TryTake(out line)) return false;
        if (line.IndexOf("accepting is paused"u8) >= 0)
        {
            Pause = line.IndexOf("below 1024 only"u8) >= 0
                ? Omission.SelectLimit : Omission.Accepting;
        }
        return true;
    }

    private void Drain()
    {
        while (TryTakeLine(out _))
        {
        }
        _ = output.Fill(); // nothing, or the end: the process's end tells
    }

    /// <summary>The pipe has ended without our doing: tells the status and what was said last.
    /// </summary>
    private bool TellUnexpectedEnd()
    {
        TellRest();
        for (int i = 0; i < EndTimeoutMs / StepMs; i++)
        {
            if (HasEnded(out int status)) return TellEnd(status);
            Clock.Sleep(StepMs);
        }
        return LabError.Tell("the server has closed its output"u8);
    }

    /// <summary>Tells what the server has printed and nobody has read.</summary>
    private void TellRest()
    {
        Drain();
        while (TryTakeLine(out ReadOnlySpan<byte> line)) TellLine(line);
        ReadOnlySpan<byte> rest = output.TakeRest(); // without a line feed
        if (!rest.IsEmpty) TellLine(rest);
    }

    private bool HasEnded(out int status)
    {
        status = 0;
        hasEnded = hasEnded || ChildProcess.HasEnded(Pid, out status);
        return hasEnded;
    }

    private static bool TellEnd(int status)
    {
        Span<byte> space = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(space);
        bool bySignal = status > SignalStatus;
        text.Append(bySignal ? "the server was ended by signal "u8
            : "the server has ended with status "u8);
        text.Append(bySignal ? status - SignalStatus : status);
        return LabError.Tell(text.Written);
    }

    private static void TellLine(ReadOnlySpan<byte> line)
    {
        Span<byte> space = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(space);
        text.Append("the server says: "u8);
        text.Append(line);
        _ = LabError.Tell(text.Written);
    }

    private readonly void Release() => output.Close();
}
