// A load that several threads share: prepares a generator for each, runs one phase, and merges what
// they have counted.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Output;

namespace Epollecho.Native.Load;

internal unsafe struct ParallelLoad
{
    private GeneratorOptions options;
    private Duration warmUp;
    private Duration duration;
    private Progress* progress;
    private Tally* tallies;
    private Worker* workers;

    /// <summary>Runs a load to its end. False, with a message, if it could not be run; else
    /// <paramref name="total"/> tells what came of it.</summary>
    /// <param name="options">What the load is to be.</param>
    /// <param name="server">Where it goes.</param>
    /// <param name="warmUp">Before anything is measured.</param>
    /// <param name="duration">How long it is measured.</param>
    /// <param name="signalFd">A signalfd: what comes there asks to stop.</param>
    /// <param name="showsProgress">Is a line on stderr to tell what is done?</param>
    /// <param name="total">Its histograms belong to the caller.</param>
    public static bool TryRun(
        in GeneratorOptions options, Endpoint server, Duration warmUp, Duration duration,
        int signalFd, bool showsProgress, out Tally total)
    {
        total = default;
        ParallelLoad load = new() { options = options, warmUp = warmUp, duration = duration };
        if (!load.TryPrepare(server, signalFd, showsProgress) || !load.TryRunAll()) return false;
        load.progress->Line.Remove();
        for (int i = 1; i < options.Workers; i++) load.tallies[0].Merge(load.tallies[i]);
        total = load.tallies[0];
        return true;
    }

    private bool TryPrepare(Endpoint server, int signalFd, bool showsProgress)
    {
        nuint count = (nuint)options.Workers;
        // For the whole process, which ends with its load.
        progress = (Progress*)NativeMemory.AllocZeroed((nuint)sizeof(Progress));
        tallies = (Tally*)NativeMemory.AllocZeroed(count, (nuint)sizeof(Tally));
        workers = (Worker*)NativeMemory.AllocZeroed(count, (nuint)sizeof(Worker));
        *progress = new()
        {
            Workers = options.Workers,
            SignalFd = signalFd,
            Line = new()
            {
                IsShown = showsProgress, Tallies = tallies, Workers = options.Workers,
            },
        };
        Pattern pattern = Pattern.Create();
        for (int i = 0; i < options.Workers; i++)
        {
            workers[i].WarmUp = warmUp;
            workers[i].Duration = duration;
            workers[i].OpensBefore = options.Mode != LoadMode.Churn;
            workers[i].Tally = tallies + i;
            if (!Tally.TryCreate(out tallies[i])) return false;
            int result = Generator.Create(
                options, pattern, progress, tallies + i, server, i, out workers[i].Generator);
            if (result < 0) return Log.Fail("cannot prepare the load"u8, -result);
        }
        return true;
    }

    private readonly bool TryRunAll()
    {
        nuint* threads = stackalloc nuint[GeneratorOptions.MaxWorkers];
        for (int i = 1; i < options.Workers; i++)
        {
            int result = WorkerThread.Start(&RunThread, workers + i, out threads[i]);
            if (result < 0) return Log.Fail("cannot start a thread"u8, -result);
        }
        workers[0].Run();
        for (int i = 1; i < options.Workers; i++) WorkerThread.Join(threads[i]);
        return true;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void* RunThread(void* worker)
    {
        WorkerThread.Prepare();
        ((Worker*)worker)->Run();
        return null;
    }

    /// <summary>What one thread needs to know.</summary>
    private struct Worker
    {
        public Generator Generator;
        public Tally* Tally;
        public Duration WarmUp;
        public Duration Duration;
        public bool OpensBefore;

        public void Run()
        {
            long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            if (OpensBefore) Generator.OpenAll();
            Generator.Run(WarmUp, Duration);
            Generator.Close();
            Tally->GcAllocatedBytes =
                GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        }
    }
}
