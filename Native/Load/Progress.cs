// What the workers of a load share: when they start, how often the user has asked to stop, who has
// ended. Each method is for all threads unless it says otherwise; it belongs to the thread of the
// first worker, which outlives the others.
using System.Threading;
using Epollecho.Interop;
using Epollecho.Native.Base;

namespace Epollecho.Native.Load;

internal struct Progress
{
    private int stopRequests;
    private int readyWorkers;
    private int disconnectedWorkers;
    private int endedWorkers;
    private long start; // an Instant's number, so that it is read and written whole; 0: none yet
    private Instant nextRequest;

    public int Workers { get; init; }

    /// <summary>The signalfd that the first worker watches.</summary>
    public int SignalFd { get; init; }

    /// <summary>The first worker shows it.</summary>
    public ProgressLine Line;

    /// <summary>When the load begins, for all workers; <see cref="Instant.Never"/> while one of
    /// them is not ready.</summary>
    public Instant Start
    {
        get
        {
            long number = Volatile.Read(ref start);
            return number == 0 ? Instant.Never : Instant.FromNanoseconds(number);
        }
    }

    /// <summary>How often a stop was asked for: at 1 nothing new is sent, at 2 nothing more is
    /// awaited.</summary>
    public int StopRequests => Volatile.Read(ref stopRequests);

    /// <summary>The first signal that has come; 0 if none has. For the first worker's thread.
    /// </summary>
    public int Signal { get; private set; }

    /// <summary>Is a worker beside the first still at it?</summary>
    public bool OthersWork => Volatile.Read(ref endedWorkers) < Workers - 1;

    /// <summary>Has no worker any connections?</summary>
    public bool AllAreDisconnected => Volatile.Read(ref disconnectedWorkers) == Workers;

    /// <summary>From the last worker's being ready to the start, which all see by then.</summary>
    private static Duration StartDelay => Duration.FromMilliseconds(10);

    /// <summary>Signals that come within this time of each other are one request: timeout(1)
    /// sends several.</summary>
    private static Duration RequestPause => Duration.FromMilliseconds(250);

    /// <summary>A worker has its connections, or has tried. A load of several workers begins once;
    /// with a single one each phase has a start of its own.</summary>
    public void MarkReady(Instant now)
    {
        if (Interlocked.Increment(ref readyWorkers) < Workers) return;
        Instant at = Workers == 1 ? now : now + StartDelay;
        Volatile.Write(ref start, at.Nanoseconds);
    }

    /// <summary>A worker has no connections any more.</summary>
    public void MarkDisconnected() => Interlocked.Increment(ref disconnectedWorkers);

    /// <summary>A worker beside the first has ended.</summary>
    public void MarkEnded() => Interlocked.Increment(ref endedWorkers);

    /// <summary>Ends the load at once.</summary>
    public void Abandon() => Volatile.Write(ref stopRequests, 2);

    /// <summary>Takes the signals that have come as a request to stop. For the first worker's
    /// thread.</summary>
    public void TakeSignals(Instant now)
    {
        for (int signal; (signal = Signals.Read(SignalFd)) > 0;)
            if (Signal == 0) Signal = signal;
        if (now < nextRequest) return;
        nextRequest = now + RequestPause;
        Interlocked.Increment(ref stopRequests);
    }
}
