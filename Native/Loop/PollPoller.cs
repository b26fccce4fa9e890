// poll: the whole set goes into the kernel with each wait and is scanned there and here. Keeps it
// dense, with the tags beside it and an index by descriptor, in reserved memory.
using System;
using Epollecho.Interop;
using Tmds.Linux;

namespace Epollecho.Native.Loop;

internal unsafe struct PollPoller : IPoller<PollPoller>
{
    /// <summary>Descriptor numbers may exceed the count of watched ones by this: what the
    /// process has open besides.</summary>
    private const int SpareDescriptors = 65536;

    private pollfd* items;
    private ulong* tags; // beside items
    private int* indexOf; // by descriptor: its place in items, plus 1
    private int capacity;
    private int count;
    private int cursor; // where the next scan starts, so that the last ones have their turn

    public static ReadOnlySpan<byte> WaitName => "poll"u8;

    public static int DescriptorLimit => int.MaxValue;

    /// <summary>As the contract says, but for half, a quarter, ... of the descriptors where the
    /// address space is short.</summary>
    public static int TryCreate(int capacity, out PollPoller poller)
    {
        poller = default;
        for (long places = capacity; places > 0; places /= 2)
        {
            long tagBytes = places * sizeof(ulong);
            long itemBytes = places * sizeof(pollfd);
            long indexBytes = (places + SpareDescriptors) * sizeof(int);
            byte* memory = ReservedMemory.Reserve(tagBytes + itemBytes + indexBytes);
            if (memory == null) continue;
            poller.capacity = (int)places;
            poller.tags = (ulong*)memory;
            poller.items = (pollfd*)(memory + tagBytes);
            poller.indexOf = (int*)(memory + tagBytes + itemBytes);
            return 0;
        }
        return -LibC.ENOMEM;
    }

    public int Add(int fd, ulong tag, int events)
    {
        if (count == capacity || fd >= capacity + SpareDescriptors) return -LibC.ENOSPC;
        items[count].fd = fd;
        items[count].events = (short)events;
        tags[count] = tag;
        indexOf[fd] = ++count;
        return 0;
    }

    public readonly int Modify(int fd, ulong tag, int events)
    {
        int index = indexOf[fd] - 1;
        items[index].events = (short)events;
        tags[index] = tag;
        return 0;
    }

    public void Remove(int fd)
    {
        int index = indexOf[fd] - 1;
        int last = --count;
        items[index] = items[last];
        tags[index] = tags[last];
        indexOf[items[index].fd] = index + 1;
        indexOf[fd] = 0;
    }

    public int Wait(epoll_event* events, int capacity, int timeoutMs)
    {
        int ready = Poll.Wait(items, count, timeoutMs);
        if (ready <= 0) return ready;
        int written = 0;
        int scanned = 0;
        for (int i = cursor; scanned < count && written < capacity && ready > 0; i++, scanned++)
        {
            if (i >= count) i = 0;
            if (items[i].revents == 0) continue;
            events[written].events = (ushort)items[i].revents;
            events[written].data.u64 = tags[i];
            written++;
            ready--;
            cursor = i + 1;
        }
        return written;
    }
}
