// What a load came to. Each worker writes to one of its own, and they are merged at the end; the
// counters of messages, bytes and connections are read by another thread meanwhile, to show
// progress.
using System.Runtime.CompilerServices;
using Epollecho.Native.Base;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Load;

internal struct Tally
{
    /// <summary>The place of a close by the server among the failures, which go by errno.
    /// </summary>
    public const int ClosedByServer = 0;

    /// <summary>The place of a name that does not resolve; errno values end at 133 (errno(3)).
    /// </summary>
    public const int NotResolved = 134;

    public const int ErrnoCount = 135;

    /// <summary>From the send to the last byte's arrival.</summary>
    public Histogram LatencyFromSend;

    /// <summary>The same from the planned time of the send; nothing without a rate.</summary>
    public Histogram LatencyFromPlan;

    /// <summary>From connect to the connection's being there.</summary>
    public Histogram ConnectTime;

    /// <summary>Messages handed to a connection, warm-up included.</summary>
    public long Sent;

    /// <summary>Messages whose planned time came and that were never sent.</summary>
    public long NotSent;

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

    /// <summary>Connections that failed.</summary>
    public long FailureCount;

    /// <summary>The same by errno.</summary>
    public ErrnoCounts FailuresByErrno;

    /// <summary>The errno of the first of them.</summary>
    public int FirstFailure;

    /// <summary>Garbage-collected memory that the loop has allocated: none.</summary>
    public long GcAllocatedBytes;

    /// <summary>How long was measured.</summary>
    public Duration Elapsed;

    /// <summary>The first wrong byte.</summary>
    public long WrongConnection;
    public long WrongOffset;

    [InlineArray(ErrnoCount)]
    public struct ErrnoCounts
    {
        private long first;
    }

    /// <summary>Messages that were sent and have not come back.</summary>
    public readonly long Lost => Sent - Received;

    /// <summary>Did all come back, right, on connections that did not fail?</summary>
    public readonly bool IsGood =>
        Opened > 0 && Lost == 0 && NotSent == 0 && BytesLost == 0 && Wrong == 0
        && FailureCount == 0;

    /// <summary>False, with a message, if there is no address space for the histograms.</summary>
    public static bool TryCreate(out Tally tally)
    {
        tally = default;
        if (Histogram.TryCreate(out tally.LatencyFromSend)
            && Histogram.TryCreate(out tally.LatencyFromPlan)
            && Histogram.TryCreate(out tally.ConnectTime)) return true;
        return Log.Fail("not enough address space for the histograms"u8);
    }

    /// <summary>Gives the memory of the histograms back.</summary>
    public readonly void Free()
    {
        LatencyFromSend.Free();
        LatencyFromPlan.Free();
        ConnectTime.Free();
    }

    /// <summary>Counts a connection that failed with an errno, or that the server has closed.
    /// </summary>
    public void AddFailure(int errno)
    {
        if (FailureCount == 0) FirstFailure = errno;
        FailureCount++;
        FailuresByErrno[errno < ErrnoCount ? errno : LibC.EIO]++;
    }

    /// <summary>Counts a connection that brought another byte than was sent.</summary>
    public void AddWrong(long connection, long offset)
    {
        if (Wrong++ > 0) return;
        WrongConnection = connection;
        WrongOffset = offset;
    }

    /// <summary>Adds another worker's.</summary>
    public void Merge(in Tally other)
    {
        LatencyFromSend.Merge(other.LatencyFromSend);
        LatencyFromPlan.Merge(other.LatencyFromPlan);
        ConnectTime.Merge(other.ConnectTime);
        if (Wrong == 0)
        {
            WrongConnection = other.WrongConnection;
            WrongOffset = other.WrongOffset;
        }
        Sent += other.Sent;
        NotSent += other.NotSent;
        Received += other.Received;
        Measured += other.Measured;
        BytesSent += other.BytesSent;
        BytesReceived += other.BytesReceived;
        BytesLost += other.BytesLost;
        Wrong += other.Wrong;
        Opened += other.Opened;
        NotTried += other.NotTried;
        Closed += other.Closed;
        if (FailureCount == 0) FirstFailure = other.FirstFailure;
        FailureCount += other.FailureCount;
        for (int i = 0; i < ErrnoCount; i++) FailuresByErrno[i] += other.FailuresByErrno[i];
        GcAllocatedBytes += other.GcAllocatedBytes;
        Elapsed = Duration.Max(Elapsed, other.Elapsed);
    }
}
