// A server that is measured: a process of its own, and what it says in its log: where it listens,
// its statistics, and that it has paused accepting. Owns the process and the reader of its output.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Lab;

internal struct MeasuredServer
{
    private ServerChild process;
    private LineReader output;

    private static Duration AnswerLimit => Duration.FromSeconds(10L);

    private static Duration EndLimit => Duration.FromSeconds(10L);

    /// <summary>A process that dies resets its connections a moment before it can be waited for.
    /// </summary>
    private static Duration DeathLimit => Duration.FromMilliseconds(100);

    public readonly int Pid => process.Pid;

    public ushort Port { get; private set; }

    /// <summary>Why the server accepts no more connections, once it has said so.</summary>
    public Omission Pause { get; private set; }

    /// <summary>Starts a server on a free port of 127.0.0.1 and waits until it listens; false,
    /// with a message, if it does not.</summary>
    public static bool TryStart(Combination combination, out MeasuredServer server)
    {
        server = default;
        if (!ServerChild.TryStart(combination, out server.process, out int outputFd)) return false;
        server.output = LineReader.Open(outputFd);
        if (server.TryReadPort()) return true;
        server.Abandon();
        return false;
    }

    /// <summary>Asks for statistics; false, with a message, if the server does not answer.
    /// </summary>
    public bool TryReadStatistics(out ServerStatistics statistics)
    {
        statistics = default;
        process.Signal(LibC.SIGUSR1);
        Deadline deadline = Deadline.After(AnswerLimit);
        while (TryReadLine(deadline, out ReadOnlySpan<byte> line))
        {
            if (ServerStatistics.TryParse(line, out statistics)) return true;
            if (!IsPause(line)) ReportLine(line);
        }
        return false;
    }

    /// <summary>The processor time that it has used so far; false, with a message, if the kernel
    /// does not say.</summary>
    public readonly bool TryReadCpuTime(out Duration used) => process.TryReadCpuTime(out used);

    /// <summary>Ends the server, which has no connections any more; false, with a message, if it
    /// does not end as it should.</summary>
    public bool TryStop()
    {
        process.Signal(LibC.SIGTERM);
        bool hasEnded = process.AwaitEnd(EndLimit);
        if (!hasEnded) process.Kill();
        output.Close();
        if (!hasEnded) return LabError.Fail("the server did not end within 10 s of SIGTERM"u8);
        return process.HasSucceeded || process.FailWithStatus();
    }

    /// <summary>After a failure that has been reported: kills the server. If it has ended by
    /// itself, that is reported, too, with its last lines.</summary>
    public void Abandon()
    {
        bool isReported = process.HasEnded;
        if (!isReported && process.AwaitEnd(DeathLimit))
        {
            ReportLastLines();
            if (!process.HasSucceeded) _ = process.FailWithStatus();
        }
        process.Kill();
        output.Close();
    }

    private bool TryReadPort()
    {
        Deadline deadline = Deadline.After(AnswerLimit);
        if (!TryReadLine(deadline, out ReadOnlySpan<byte> line)) return false;
        int colon = line.LastIndexOf((byte)':');
        if (line.IndexOf("listening on "u8) < 0
            || !Quantity.TryParseInteger(line[(colon + 1)..], 1, ushort.MaxValue, out long port))
        {
            ReportLine(line);
            return LabError.Fail("the server has not begun to listen"u8);
        }
        Port = (ushort)port;
        return true;
    }

    /// <summary>The next line that the server prints, valid until the next call; false, with a
    /// message, when it ends or prints nothing until the deadline.</summary>
    private bool TryReadLine(Deadline deadline, out ReadOnlySpan<byte> line)
    {
        while (!TryTakeLine(out line))
        {
            if (deadline.HasPassed()) return LabError.Fail("the server does not answer"u8);
            if (!Files.AwaitReadable(output.Fd, deadline.TimeoutMs())) continue;
            nint count = output.Fill();
            if (count <= 0 && !Errno.IsAgain(count)) return FailAtEndOfOutput();
        }
        return true;
    }

    private bool TryTakeLine(out ReadOnlySpan<byte> line)
    {
        if (!output.TryTake(out line)) return false;
        if (IsPause(line))
        {
            Pause = line.IndexOf("below 1024 only"u8) >= 0
                ? Omission.SelectLimit : Omission.Accepting;
        }
        return true;
    }

    private static bool IsPause(ReadOnlySpan<byte> line) =>
        line.IndexOf("accepting is paused"u8) >= 0;

    /// <summary>The pipe has ended though the server was not asked to end: reports its last lines
    /// and how it has ended.</summary>
    private bool FailAtEndOfOutput()
    {
        ReportLastLines();
        return process.AwaitEnd(EndLimit)
            ? process.FailWithStatus()
            : LabError.Fail("the server has closed its output"u8);
    }

    /// <summary>Reports what the server has printed and has not been read yet.</summary>
    private void ReportLastLines()
    {
        _ = output.Fill(); // nothing, or the end: what there is follows
        while (TryTakeLine(out ReadOnlySpan<byte> line)) ReportLine(line);
        ReadOnlySpan<byte> rest = output.TakeRest(); // without a line feed
        if (!rest.IsEmpty) ReportLine(rest);
    }

    private static void ReportLine(ReadOnlySpan<byte> line)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"the server says: {line}");
        _ = LabError.Fail(text.Written);
    }
}
