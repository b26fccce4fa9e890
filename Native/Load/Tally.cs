// What a load came to: one for each worker, who alone writes to it, merged at the end. The
// counters of messages and bytes are read by another thread meanwhile, to show progress.
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Session;

namespace Epollecho.Native.Load;

internal struct Tally
{
    /// <summary>The place of a close by the server among the failures, which go by errno.
    /// </summary>
    public const int ClosedByServer = 0;

    /// <summary>The place of a name that does not resolve; errno values end at 133 (errno(3)).
    /// </summary>
    public const int NotResolved = 134;

    public const int FailureKinds = 135;

    /// <summary>From the send to the last byte's arrival.</summary>
    public Histogram Latency;

    /// <summary>The same from the planned time of the send.</summary>
    public Histogram Corrected;

    /// <summary>From connect to the connection's being there.</summary>
    public Histogram ConnectTime;

    /// <summary>Messages handed to a connection, warm-up included.</summary>
    public long Sent;

    /// <summary>Messages whose planned time came and that were never sent.</summary>
    public long Unsent;

    /// <summary>Messages that came back whole, warm-up included.</summary>
    public long Received;

    /// <summary>Messages that came back while it was measured.</summary>
    public long Measured;

    /// <summary>While it was measured.</summary>
    public long BytesSent;

    /// <summary>While it was measured.</summary>
    public long BytesReceived;

    /// <summary>All that was sent and has not come back.</summary>
    public long BytesLost;

    /// <summary>Connections on which another byte came back than was sent.</summary>
    public long Wrong;

    /// <summary>Connections that were established.</summary>
    public long Opened;

    /// <summary>Connections that were not tried: too many had failed, or the user has had enough.
    /// </summary>
    public long NotTried;

    /// <summary>Of those established, how many ended as they should while it was measured
    /// (churn).</summary>
    public long Closed;

    /// <summary>Connections that failed, by errno.</summary>
    public FailureCounts Failures;

    /// <summary>Garbage-collected memory that the loop has allocated: none.</summary>
    public long GcAllocatedBytes;

    /// <summary>How long was measured.</summary>
    public long ElapsedNs;

    /// <summary>The first wrong byte.</summary>
    public long WrongConnection;
    public long WrongOffset;

    [InlineArray(FailureKinds)]
    public struct FailureCounts
    {
        private long first;
    }

    /// <summary>Messages that were sent and have not come back.</summary>
    public readonly long Lost => Sent - Received;

    public readonly long FailureCount
    {
        get
        {
            long count = 0;
            for (int i = 0; i < FailureKinds; i++) count += Failures[i];
            return count;
        }
    }

    /// <summary>Did all come back, right, on connections that did not fail?</summary>
    public readonly bool IsGood =>
        Opened > 0 && Lost == 0 && Unsent == 0 && BytesLost == 0 && Wrong == 0 && FailureCount == 0;

    /// <summary>False, with a message, if there is no address space for the histograms.</summary>
    public static bool TryCreate(out Tally tally)
    {
        tally = default;
        if (Histogram.TryCreate(out tally.Latency) && Histogram.TryCreate(out tally.Corrected)
            && Histogram.TryCreate(out tally.ConnectTime)) return true;
        Log.WriteError("not enough address space for the histograms"u8);
        return false;
    }

    /// <summary>Adds another worker's.</summary>
    public void Merge(in Tally other)
    {
        Latency.Merge(other.Latency);
        Corrected.Merge(other.Corrected);
        ConnectTime.Merge(other.ConnectTime);
        if (Wrong == 0)
        {
            WrongConnection = other.WrongConnection;
            WrongOffset = other.WrongOffset;
        }
        Sent += other.Sent;
        Unsent += other.Unsent;
        Received += other.Received;
        Measured += other.Measured;
        BytesSent += other.BytesSent;
        BytesReceived += other.BytesReceived;
        BytesLost += other.BytesLost;
        Wrong += other.Wrong;
        Opened += other.Opened;
        NotTried += other.NotTried;
        Closed += other.Closed;
        for (int i = 0; i < FailureKinds; i++) Failures[i] += other.Failures[i];
        GcAllocatedBytes += other.GcAllocatedBytes;
        ElapsedNs = long.Max(ElapsedNs, other.ElapsedNs);
    }
}
