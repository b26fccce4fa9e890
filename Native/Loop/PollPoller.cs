// poll: the whole set goes into the kernel with each wait and is scanned there and here. Keeps it
// dense, with the tokens beside it and an index by descriptor, in reserved memory.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Tmds.Linux;

namespace Epollecho.Native.Loop;

internal unsafe struct PollPoller : IPoller<PollPoller>
{
    /// <summary>Descriptor numbers may exceed the count of watched ones by this: what the
    /// process has open besides.</summary>
    private const int SpareDescriptors = 65536;

    private pollfd* items;
    private Token* tokens; // beside items
    private int* indexOf; // by descriptor: its place in items, plus 1
    private int capacity;
    private int count;
    private int cursor; // where the next scan starts, so that the last ones have their turn

    public readonly ReadOnlySpan<byte> WaitCall => "poll"u8;

    public readonly ReadOnlySpan<byte> WatchCall => default;

    /// <summary>As the contract says, but for half, a quarter, ... of the descriptors where the
    /// address space is short.</summary>
    public static int TryCreate(PollerKind kind, int capacity, out PollPoller poller)
    {
        poller = default;
        for (long places = capacity; places > 0; places /= 2)
        {
            long tokenBytes = places * sizeof(Token);
            long itemBytes = places * sizeof(pollfd);
            long indexBytes = (places + SpareDescriptors) * sizeof(int);
            byte* memory = ReservedMemory.Reserve(tokenBytes + itemBytes + indexBytes);
            if (memory == null) continue;
            poller.capacity = (int)places;
            poller.tokens = (Token*)memory;
            poller.items = (pollfd*)(memory + tokenBytes);
            poller.indexOf = (int*)(memory + tokenBytes + itemBytes);
            return 0;
        }
        return -LibC.ENOMEM;
    }

    public int Add(int fd, Token token, int events)
    {
        if (count == capacity || fd >= capacity + SpareDescriptors) return -LibC.ENOSPC;
        indexOf[fd] = ++count;
        return Modify(fd, token, events);
    }

    /// <summary>What is watched for nothing is left out of the set: poll would report its errors
    /// all the same, on and on.</summary>
    public readonly int Modify(int fd, Token token, int events)
    {
        int index = indexOf[fd] - 1;
        items[index].fd = events == 0 ? ~fd : fd; // a negative one is ignored, poll(2)
        items[index].events = (short)events;
        tokens[index] = token;
        return 0;
    }

    public void Remove(int fd)
    {
        int index = indexOf[fd] - 1;
        int last = --count;
        items[index] = items[last];
        tokens[index] = tokens[last];
        int moved = items[index].fd;
        indexOf[moved < 0 ? ~moved : moved] = index + 1;
        indexOf[fd] = 0;
    }

    public int Wait(epoll_event* events, int capacity, Duration timeout)
    {
        int ready = Poll.Wait(items, count, timeout.TimeoutMs);
        if (ready <= 0) return ready;
        int written = 0;
        int scanned = 0;
        for (int i = cursor; scanned < count && written < capacity && ready > 0; i++, scanned++)
        {
            if (i >= count) i = 0;
            if (items[i].revents == 0) continue;
            events[written].events = (ushort)items[i].revents;
            events[written].data.u64 = tokens[i].Value;
            written++;
            ready--;
            cursor = i + 1;
        }
        return written;
    }
}
