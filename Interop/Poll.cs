// Waiting for one or a few descriptors (poll(2)).
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe class Poll
{
    /// <summary>Waits until one of the descriptors is ready, up to <paramref name="timeoutMs"/>
    /// (-1: for ever). How many have events, or -errno; a signal counts as 0.</summary>
    public static int Wait(pollfd* items, int count, int timeoutMs)
    {
        int result = (int)Errno.DirectResult(LibC.poll(items, (ulong_t)(nuint)count, timeoutMs));
        return result == -LibC.EINTR ? 0 : result;
    }

    /// <summary>Waits for events of one descriptor, its end or its failure, whatever signals
    /// come, up to <paramref name="timeoutMs"/> (-1: for ever). 1, 0 when the time is over, or
    /// -errno.</summary>
    public static int AwaitOne(int fd, int events, int timeoutMs)
    {
        pollfd item = new() { fd = fd, events = (short)events };
        long endNs = Clock.MonotonicNs() + (timeoutMs * Clock.NsPerMs);
        int remainingMs = timeoutMs;
        while (true)
        {
            int result = Wait(&item, 1, remainingMs);
            if (result != 0) return result;
            if (timeoutMs < 0) continue;
            long leftNs = endNs - Clock.MonotonicNs();
            if (leftNs <= 0) return 0;
            remainingMs = (int)((leftNs + Clock.NsPerMs - 1) / Clock.NsPerMs);
        }
    }
}
