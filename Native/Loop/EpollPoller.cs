// epoll: the kernel keeps the set, and a wait costs what is ready, not what is watched. Owns the
// epoll descriptor.
using System;
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Tmds.Linux;

namespace Epollecho.Native.Loop;

internal unsafe struct EpollPoller : IPoller<EpollPoller>
{
    private int epollFd;

    public readonly ReadOnlySpan<byte> WaitCall => "epoll_wait"u8;

    public readonly ReadOnlySpan<byte> WatchCall => "epoll_ctl"u8;

    public static int TryCreate(PollerKind kind, int capacity, out EpollPoller poller)
    {
        poller.epollFd = Epoll.Create();
        return int.Min(poller.epollFd, 0);
    }

    public readonly int Add(int fd, Token token, int events) =>
        Epoll.Add(epollFd, fd, events, token.Value);

    public readonly int Modify(int fd, Token token, int events) =>
        Epoll.Modify(epollFd, fd, events, token.Value);

    public readonly void Remove(int fd)
    {
        // Closing the only descriptor of a socket removes it (epoll(7), Q6): no call needed.
    }

    /// <summary>Whole milliseconds by epoll_wait, parts of them by epoll_pwait2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Wait(epoll_event* events, int capacity, Duration timeout) =>
        timeout.IsForever
            ? Epoll.Wait(epollFd, events, capacity, -1)
            : WaitUpTo(events, capacity, timeout);

    public readonly void Close() => Files.Close(epollFd);

    private readonly int WaitUpTo(epoll_event* events, int capacity, Duration timeout)
    {
        long ms = timeout.Milliseconds;
        return Duration.FromMilliseconds(ms) == timeout && ms <= int.MaxValue
            ? Epoll.Wait(epollFd, events, capacity, (int)ms)
            : Epoll.WaitNs(epollFd, events, capacity, timeout.Nanoseconds);
    }
}
