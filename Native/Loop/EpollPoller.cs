// epoll: the kernel keeps the set, and a wait costs what is ready, not what is watched. Owns the
// epoll descriptor.
using System;
using Epollecho.Interop;
using Tmds.Linux;

namespace Epollecho.Native.Loop;

internal unsafe struct EpollPoller : IPoller<EpollPoller>
{
    private int epollFd;

    public static ReadOnlySpan<byte> WaitName => "epoll_wait"u8;

    public static int DescriptorLimit => int.MaxValue;

    public static int TryCreate(int capacity, out EpollPoller poller)
    {
        poller.epollFd = Epoll.Create();
        return int.Min(poller.epollFd, 0);
    }

    public readonly int Add(int fd, ulong tag, int events) => Epoll.Add(epollFd, fd, events, tag);

    public readonly int Modify(int fd, ulong tag, int events) =>
        Epoll.Modify(epollFd, fd, events, tag);

    public readonly void Remove(int fd)
    {
        // Closing the only descriptor of a socket removes it (epoll(7), Q6): no call needed.
    }

    public readonly int Wait(epoll_event* events, int capacity, int timeoutMs) =>
        Epoll.Wait(epollFd, events, capacity, timeoutMs);
}
