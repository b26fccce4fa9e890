// An epoll instance (epoll(7)): create, control, wait.
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Epoll
{
    /// <summary>A new close-on-exec epoll instance, or -errno (EMFILE, ENFILE, ENOMEM).</summary>
    public static int Create() => Errno.Result(LibC.epoll_create1(LibC.EPOLL_CLOEXEC));

    /// <summary>Starts watching <paramref name="fd"/>. 0, or -errno (ENOSPC at the user's watch
    /// limit, ENOMEM, EPERM for a file that cannot be watched).</summary>
    public static int Add(int epollFd, int fd, int events, ulong data) =>
        Control(epollFd, LibC.EPOLL_CTL_ADD, fd, events, data);

    /// <summary>Changes what <paramref name="fd"/> is watched for; an edge-triggered one that is
    /// ready is reported anew.</summary>
    public static int Modify(int epollFd, int fd, int events, ulong data) =>
        Control(epollFd, LibC.EPOLL_CTL_MOD, fd, events, data);

    /// <summary>Waits up to <paramref name="timeoutMs"/> (-1: for ever). The number of events
    /// written, 0 to <paramref name="capacity"/>, or -errno. A signal does not end the wait
    /// early with an error: it counts as 0 events.</summary>
    public static int Wait(int epollFd, epoll_event* events, int capacity, int timeoutMs)
    {
        int result = (int)Errno.DirectResult(epoll_wait(epollFd, events, capacity, timeoutMs));
        return result == -LibC.EINTR ? 0 : result;
    }

    /// <summary>As <see cref="Wait"/>, up to so many nanoseconds (epoll_pwait2(2), since Linux
    /// 5.11; an older kernel waits whole milliseconds, rounded down).</summary>
    public static int WaitNs(int epollFd, epoll_event* events, int capacity, long timeoutNs)
    {
        timespec timeout = Clock.FromNs(timeoutNs);
        int result = (int)Errno.DirectResult(
            epoll_pwait2(epollFd, events, capacity, &timeout, null));
        if (result == -LibC.ENOSYS)
            return Wait(epollFd, events, capacity, (int)(timeoutNs / Clock.NsPerMs));
        return result == -LibC.EINTR ? 0 : result;
    }

    private static int Control(int epollFd, int operation, int fd, int events, ulong data)
    {
        epoll_event change;
        change.events = events;
        change.data.u64 = data;
        return Errno.Result(LibC.epoll_ctl(epollFd, operation, fd, &change));
    }

    // Tmds.LibC's has SetLastError, 60 instructions a call: see Errno.DirectResult.
    [LibraryImport("libc")]
    private static partial int epoll_wait(
        int epollFd, epoll_event* events, int capacity, int timeoutMs);

    [LibraryImport("libc")]
    private static partial int epoll_pwait2(
        int epollFd, epoll_event* events, int capacity, timespec* timeout, void* signals);
}
