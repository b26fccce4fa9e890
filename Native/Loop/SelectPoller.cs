// select: three sets of 1024 bits, scanned from 0 to the highest descriptor by the kernel and
// again here. A descriptor of 1024 or more has no bit and is refused (select(2)).
using System;
using System.Numerics;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Tmds.Linux;

namespace Epollecho.Native.Loop;

internal unsafe struct SelectPoller : IPoller<SelectPoller>
{
    private DescriptorSet input; // watched for these
    private DescriptorSet output;
    private fixed ulong tokens[DescriptorSet.Capacity];
    private int descriptorCount; // one more than the highest watched one: select's nfds
    private int cursor; // the word of the sets where the next scan starts

    public readonly ReadOnlySpan<byte> WaitCall => "select"u8;

    public readonly ReadOnlySpan<byte> WatchCall => default;

    public static int TryCreate(PollerKind kind, int capacity, out SelectPoller poller)
    {
        poller = default;
        return 0;
    }

    public int Add(int fd, Token token, int events)
    {
        if (fd >= DescriptorSet.Capacity) return -LibC.EINVAL;
        descriptorCount = int.Max(descriptorCount, fd + 1);
        return Modify(fd, token, events);
    }

    public int Modify(int fd, Token token, int events)
    {
        tokens[fd] = token.Value;
        input.Set(fd, (events & LibC.EPOLLIN) == LibC.EPOLLIN);
        output.Set(fd, (events & LibC.EPOLLOUT) == LibC.EPOLLOUT);
        return 0;
    }

    public void Remove(int fd)
    {
        input.Set(fd, false);
        output.Set(fd, false);
    }

    public int Wait(epoll_event* events, int capacity, Duration timeout)
    {
        DescriptorSet readable = input;
        DescriptorSet writable = output;
        int ready = Select.Wait(descriptorCount, &readable, &writable, timeout.TimeoutMs);
        if (ready <= 0) return ready;
        int written = 0;
        int words = (descriptorCount + DescriptorSet.WordBits - 1) / DescriptorSet.WordBits;
        for (int i = 0; i < words && written < capacity; i++)
        {
            int word = (cursor + i) % words;
            ulong either = readable.Words[word] | writable.Words[word];
            for (; either != 0 && written < capacity; either &= either - 1)
            {
                int bit = BitOperations.TrailingZeroCount(either);
                int fd = (word * DescriptorSet.WordBits) + bit;
                int mask = readable.Has(fd) ? LibC.EPOLLIN : 0;
                if (writable.Has(fd)) mask |= LibC.EPOLLOUT;
                events[written].events = mask;
                events[written].data.u64 = tokens[fd];
                written++;
            }
        }
        cursor = written == capacity ? (cursor + 1) % words : 0;
        return written;
    }
}
