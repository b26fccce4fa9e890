// A poller whose mechanism is chosen when it is made. A program on it exists once to the compiler
// and not once for each mechanism; a call costs a test more, which is nothing beside a poll or a
// select.
using System;
using Epollecho.Native.Base;
using Tmds.Linux;

namespace Epollecho.Native.Loop;

internal unsafe struct AnyPoller : IPoller<AnyPoller>
{
    private PollerKind kind;
    private EpollPoller epoll; // one of the three is used
    private PollPoller poll;
    private SelectPoller select;

    public readonly ReadOnlySpan<byte> WaitCall => kind switch
    {
        PollerKind.Poll => poll.WaitCall,
        PollerKind.Select => select.WaitCall,
        _ => epoll.WaitCall,
    };

    public readonly ReadOnlySpan<byte> WatchCall => kind switch
    {
        PollerKind.Poll => poll.WatchCall,
        PollerKind.Select => select.WatchCall,
        _ => epoll.WatchCall,
    };

    public static int TryCreate(PollerKind kind, int capacity, out AnyPoller poller)
    {
        poller = default;
        poller.kind = kind;
        return kind switch
        {
            PollerKind.Poll => PollPoller.TryCreate(kind, capacity, out poller.poll),
            PollerKind.Select => SelectPoller.TryCreate(kind, capacity, out poller.select),
            _ => EpollPoller.TryCreate(kind, capacity, out poller.epoll),
        };
    }

    public int Add(int fd, Token token, int events) => kind switch
    {
        PollerKind.Poll => poll.Add(fd, token, events),
        PollerKind.Select => select.Add(fd, token, events),
        _ => epoll.Add(fd, token, events),
    };

    public int Modify(int fd, Token token, int events) => kind switch
    {
        PollerKind.Poll => poll.Modify(fd, token, events),
        PollerKind.Select => select.Modify(fd, token, events),
        _ => epoll.Modify(fd, token, events),
    };

    public void Remove(int fd)
    {
        if (kind == PollerKind.Poll) poll.Remove(fd);
        else if (kind == PollerKind.Select) select.Remove(fd);
        else epoll.Remove(fd);
    }

    public int Wait(epoll_event* events, int capacity, Duration timeout) => kind switch
    {
        PollerKind.Poll => poll.Wait(events, capacity, timeout),
        PollerKind.Select => select.Wait(events, capacity, timeout),
        _ => epoll.Wait(events, capacity, timeout),
    };
}
