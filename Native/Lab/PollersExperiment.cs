// epollecho lab pollers: for each number of connections and each way of polling, a server of its
// own under load; the results printed as they come, and drawn at the end.
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Tmds.Linux;

namespace Epollecho.Native.Lab;

internal unsafe struct PollersExperiment
{
    public const int MaxMeasurements = NumberList.Capacity * Combination.Count;

    /// <summary>Descriptors that either end needs beside its connections: standard streams,
    /// listener, signals, epoll, pipe, the runtime's own.</summary>
    private const int OtherDescriptors = 32;

    /// <summary>Opened at a time, then accepted: less than any usual backlog.</summary>
    private const int OpenedAtOnce = 100;

    private PollersOptions options;
    private PollersReport report;
    private int signalFd;
    private int endingSignal; // 0: none has been read
    private int serverProcessor; // -1: any
    private Pattern pattern; // what the load sends

    private static Duration WarmUp => Duration.FromMilliseconds(50);

    private static Duration AcceptLimit => Duration.FromSeconds(10L);

    /// <summary>The exit status: 0 done, 1 failed, 128 and the signal's number if one ended it.
    /// </summary>
    public static int Run(in PollersOptions options)
    {
        PollersExperiment experiment = new() { options = options };
        int chartFd = -1;
        if (options.ChartFile != null)
        {
            // Now, so that a wrong name is reported at once, not half a minute later.
            chartFd = Files.Create(options.ChartFile);
            if (chartFd < 0) return FailToWriteChart(-chartFd);
        }
        Measurement* measurements = stackalloc Measurement[MaxMeasurements];
        int count = 0;
        if (!experiment.TryPrepare() || !experiment.TryMeasureAll(measurements, ref count))
            return experiment.FailureStatus();
        if (chartFd < 0) return 0;
        int result = Chart.Write(chartFd, new(measurements, count), options);
        Files.Close(chartFd);
        return result < 0 ? FailToWriteChart(-result) : 0;
    }

    private static int FailToWriteChart(int errno)
    {
        _ = LabError.Fail("cannot write the chart"u8, errno);
        return 1;
    }

    /// <summary>As a shell has it (130 for SIGINT), though the process is not ended by the signal
    /// itself: its server is to be ended first.</summary>
    private readonly int FailureStatus()
    {
        const int signalStatus = 128;
        int signal = endingSignal;
        if (signal == 0 && signalFd > 0) signal = Signals.Read(signalFd);
        return signal > 0 ? signalStatus + signal : 1;
    }

    private bool TryPrepare()
    {
        _ = Process.LimitOpenFiles(int.MaxValue); // as many as may be
        report = PollersReport.Create(options);
        signalFd = Signals.Open([LibC.SIGTERM, LibC.SIGINT, LibC.SIGHUP]);
        if (signalFd < 0) return LabError.Fail("cannot create a signalfd"u8, -signalFd);
        pattern = Pattern.Create();
        serverProcessor = -1;
        // Server and load each on a processor of its own, where there are two to be had.
        if (Processors.TryFindTwo(out int first, out int last) && Processors.TryPin(0, last))
            serverProcessor = first;
        return true;
    }

    private bool TryMeasureAll(Measurement* measurements, ref int count)
    {
        if (!report.TryBegin()) return false;
        bool done = TryMeasureEach(measurements, ref count);
        return report.TryEnd() && done;
    }

    private bool TryMeasureEach(Measurement* measurements, ref int count)
    {
        for (int i = 0; i < options.Connections.Count; i++)
        {
            for (int j = 0; j < Combination.Count; j++)
            {
                ref Measurement measured = ref measurements[count++];
                measured = new()
                {
                    Combination = j,
                    Connections = options.Connections[i],
                    Active = int.Min(options.Active, options.Connections[i]),
                };
                report.ShowProgress(measured, count);
                bool done = TryMeasure(ref measured);
                report.EndProgress();
                if (!done || !report.TryAdd(measured)) return false;
            }
        }
        return true;
    }

    private bool TryMeasure(ref Measurement measured)
    {
        endingSignal = int.Max(0, Signals.Read(signalFd));
        if (endingSignal > 0) return LabError.Fail("interrupted"u8);
        if (measured.Connections + OtherDescriptors > Process.OpenFileLimit)
        {
            measured.Omission = Omission.OpenFiles;
            return true;
        }
        if (!MeasuredServer.TryStart(new(measured.Combination), out MeasuredServer server))
            return false;
        if (serverProcessor >= 0)
            _ = Processors.TryPin(server.Pid, serverProcessor); // else it shares the load's
        if (!PollersLoad.TryCreate(
            measured, server.Port, pattern, signalFd, out PollersLoad load))
        {
            server.Abandon();
            return false;
        }
        bool done = TryOpenAll(ref server, ref load, ref measured)
            && (measured.Omission != Omission.None || TryLoad(ref server, ref load, ref measured));
        endingSignal = load.Signal;
        load.Close();
        if (done) return server.TryStop();
        server.Abandon();
        return false;
    }

    /// <summary>Opens the connections some at a time, the next ones when these are accepted: a
    /// full backlog would cost seconds. Notes why if the server does not accept all.</summary>
    private static bool TryOpenAll(
        ref MeasuredServer server, ref PollersLoad load, ref Measurement measured)
    {
        int opened = 0;
        while (opened < measured.Connections)
        {
            opened = int.Min(opened + OpenedAtOnce, measured.Connections);
            OpenResult result = load.Open(opened);
            if (result == OpenResult.Failed) return false;
            if (result == OpenResult.NoPorts) measured.Omission = Omission.Ports;
            else if (!TryAwaitAccepted(ref server, opened)) return false;
            else measured.Omission = server.Pause;
            if (measured.Omission != Omission.None) return true;
        }
        return true;
    }

    private static bool TryAwaitAccepted(ref MeasuredServer server, int target)
    {
        Deadline deadline = Deadline.After(AcceptLimit);
        while (!deadline.HasPassed())
        {
            if (!server.TryReadStatistics(out ServerStatistics statistics)) return false;
            if (statistics.Connections >= target || server.Pause != Omission.None) return true;
        }
        return LabError.Fail("the server has not accepted all connections within 10 s"u8);
    }

    private readonly bool TryLoad(
        ref MeasuredServer server, ref PollersLoad load, ref Measurement measured)
    {
        if (!load.TryRun(WarmUp, out _, out _)) return false;
        if (!server.TryReadStatistics(out ServerStatistics before)) return false;
        if (!server.TryReadCpuTime(out Duration cpuBefore)) return false;
        if (!load.TryRun(options.Duration, out measured.Echoes, out measured.Elapsed))
            return false;
        if (!server.TryReadCpuTime(out Duration cpuAfter)) return false;
        if (!server.TryReadStatistics(out ServerStatistics after)) return false;
        measured.Cpu = cpuAfter - cpuBefore;
        measured.Turns = after.Turns - before.Turns;
        measured.Wait = after.Wait - before.Wait;
        return true;
    }
}
