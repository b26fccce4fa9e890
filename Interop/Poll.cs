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
    /// -errno: EINTR when something came to read at <paramref name="interruptFd"/> (-1: none).
    /// </summary>
    public static int AwaitOne(int fd, int events, int timeoutMs, int interruptFd)
    {
        pollfd* items = stackalloc pollfd[2];
        items[0] = new() { fd = fd, events = (short)events };
        items[1] = new() { fd = interruptFd, events = (short)LibC.POLLIN };
        long endNs = Clock.MonotonicNs() + (timeoutMs * Clock.NsPerMs);
        int remainingMs = timeoutMs;
        while (true)
        {
            int result = Wait(items, 2, remainingMs);
            if (result < 0) return result;
            if (items[0].revents != 0) return 1;
            if (items[1].revents != 0) return -LibC.EINTR;
            if (timeoutMs < 0) continue;
            long leftNs = endNs - Clock.MonotonicNs();
            if (leftNs <= 0) return 0;
            remainingMs = (int)((leftNs + Clock.NsPerMs - 1) / Clock.NsPerMs);
        }
    }
}
