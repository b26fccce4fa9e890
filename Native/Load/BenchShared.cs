// What the workers of a load share: the pattern, the start, the wish to stop, the tallies, the
// progress line.
using System;
using System.Threading;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Output;

namespace Epollecho.Native.Load;

internal unsafe struct BenchShared
{
    private const long NsPerSecond = 1_000_000_000;
    private const long RequestPauseNs = NsPerSecond / 4;
    private const int StandardError = 2;

    /// <summary>From the last worker's being ready to the start, which all see by then.</summary>
    private const long StartDelayNs = NsPerSecond / 100;

    private int stopRequests;
    private int readyWorkers;
    private int deadWorkers;
    private int endedWorkers;
    private long startNs;
    private long nextRequestNs;
    private long nextProgressNs;
    private long messagesBefore;
    private long bytesBefore;

    public Pattern Pattern { get; init; }

    /// <summary>One for each worker.</summary>
    public Tally* Tallies { get; init; }

    public int Workers { get; init; }

    public int SignalFd { get; init; }

    public bool ShowsProgress { get; init; }

    /// <summary>When the load begins, for all workers; 0 while one is not ready.</summary>
    public long StartNs => Volatile.Read(ref startNs);

    /// <summary>Is a worker beside the first still at it?</summary>
    public bool OthersWork => Volatile.Read(ref endedWorkers) < Workers - 1;

    /// <summary>How often the user has asked to stop: at 1 nothing new is sent, at 2 nothing more
    /// is waited for.</summary>
    public int StopRequests => Volatile.Read(ref stopRequests);

    /// <summary>A worker has its connections.</summary>
    public void TellReady(long nowNs)
    {
        if (Interlocked.Increment(ref readyWorkers) < Workers) return;
        Volatile.Write(ref startNs, Workers == 1 ? nowNs : nowNs + StartDelayNs);
    }

    /// <summary>A worker has no connections any more.</summary>
    public void TellDead() => Interlocked.Increment(ref deadWorkers);

    /// <summary>Has no worker any connections?</summary>
    public bool AllAreDead => Volatile.Read(ref deadWorkers) == Workers;

    /// <summary>A worker beside the first has ended.</summary>
    public void TellEnded() => Interlocked.Increment(ref endedWorkers);

    /// <summary>Takes the signals that have come; several at once, as timeout(1) sends them, are
    /// one request. The first worker alone calls it.</summary>
    public void TakeSignal(long nowNs)
    {
        while (Signals.Read(SignalFd) > 0)
        {
        }
        if (nowNs < nextRequestNs) return;
        nextRequestNs = nowNs + RequestPauseNs;
        Volatile.Write(ref stopRequests, stopRequests + 1);
    }

    /// <summary>A line on the terminal each second: what all workers did in it. The first worker
    /// alone calls it.</summary>
    public void ShowProgress(long nowNs, long measureStartNs)
    {
        if (!ShowsProgress || nowNs < nextProgressNs) return;
        bool isFirst = nextProgressNs == 0;
        nextProgressNs = nowNs + NsPerSecond;
        long messages = 0;
        long bytes = 0;
        long opened = 0;
        for (int i = 0; i < Workers; i++)
        {
            messages += Volatile.Read(ref Tallies[i].Received);
            bytes += Volatile.Read(ref Tallies[i].BytesReceived);
            opened += Volatile.Read(ref Tallies[i].Opened);
        }
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("\r"u8);
        text.Append(opened);
        text.Append(" connections opened, "u8);
        text.Append(messages - messagesBefore);
        text.Append(" messages/s, "u8);
        text.AppendThousandths((bytes - bytesBefore) / 1000);
        text.Append(nowNs < measureStartNs ? " MB/s (warming up)\x1b[K"u8 : " MB/s\x1b[K"u8);
        messagesBefore = messages;
        bytesBefore = bytes;
        if (!isFirst) _ = Files.Write(StandardError, text.Written); // no matter if nobody sees it
    }

    /// <summary>Removes the line.</summary>
    public readonly void EndProgress()
    {
        if (ShowsProgress) _ = Files.Write(StandardError, "\r\x1b[K"u8);
    }
}
