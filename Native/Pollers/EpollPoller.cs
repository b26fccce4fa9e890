// epoll as the loop uses it: edge-triggered for connections, level-triggered for listeners and
// signals. Owns the epoll descriptor.
using Epollecho.Interop;
using Tmds.Linux;

namespace Epollecho.Native.Pollers;

internal unsafe struct EpollPoller
{
    private int fd;

    /// <summary>0, or -errno.</summary>
    public static int TryCreate(out EpollPoller poller)
    {
        poller.fd = Epoll.Create();
        return int.Min(poller.fd, 0);
    }

    /// <summary>Watches a connection for everything, once and for all: an event tells of a
    /// change, and whoever gets it reads or writes until the kernel says no, or comes back by
    /// itself. 0, or -errno.</summary>
    public readonly int AddConnection(int connectionFd, ulong tag) => Epoll.Add(
        fd, connectionFd, LibC.EPOLLIN | LibC.EPOLLOUT | LibC.EPOLLRDHUP | LibC.EPOLLET, tag);

    /// <summary>Watches for input, reported for as long as there is some. 0, or -errno.</summary>
    public readonly int AddInput(int inputFd, ulong tag) =>
        Epoll.Add(fd, inputFd, LibC.EPOLLIN, tag);

    /// <summary>Reports the input of a descriptor of <see cref="AddInput"/>, or keeps still.
    /// </summary>
    public readonly int SetInput(int inputFd, ulong tag, bool watched) =>
        Epoll.Modify(fd, inputFd, watched ? LibC.EPOLLIN : 0, tag);

    /// <summary>The number of events, 0 to <paramref name="capacity"/>; negative: -errno. An
    /// event may be spurious, or about a descriptor closed since.</summary>
    public readonly int Wait(epoll_event* events, int capacity, int timeoutMs) =>
        Epoll.Wait(fd, events, capacity, timeoutMs);
}
