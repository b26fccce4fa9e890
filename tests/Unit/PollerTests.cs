// The contract of IPoller, held by each of its implementations on real descriptors.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed unsafe class PollerTests
{
    [Fact]
    public void Epoll_keeps_the_contract() => KeepsTheContract<EpollPoller>(PollerKind.Epoll);

    [Fact]
    public void Poll_keeps_the_contract() => KeepsTheContract<PollPoller>(PollerKind.Poll);

    [Fact]
    public void Select_keeps_the_contract() => KeepsTheContract<SelectPoller>(PollerKind.Select);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_of_them_keeps_the_contract(int kind) =>
        KeepsTheContract<AnyPoller>((PollerKind)kind);

    [Fact]
    public void Select_refuses_descriptors_without_a_bit()
    {
        Assert.Equal(0, SelectPoller.TryCreate(PollerKind.Select, 10, out SelectPoller poller));
        Assert.Equal(-LibC.EINVAL, poller.Add(1024, default, LibC.EPOLLIN));
        Assert.Equal(-LibC.EINVAL, poller.Add(int.MaxValue, default, LibC.EPOLLIN));
    }

    [Fact]
    public void Poll_refuses_more_than_its_capacity()
    {
        Assert.Equal(0, PollPoller.TryCreate(PollerKind.Poll, 1, out PollPoller poller));
        Assert.Equal(0, poller.Add(0, default, LibC.EPOLLIN));
        Assert.Equal(-LibC.ENOSPC, poller.Add(1, default, LibC.EPOLLIN));
    }

    private static void KeepsTheContract<TPoller>(PollerKind kind)
        where TPoller : unmanaged, IPoller<TPoller>
    {
        Assert.Equal(0, TPoller.TryCreate(kind, 16, out TPoller poller));
        int[] pairs = new int[6]; // three pairs of sockets; the first of each is watched
        fixed (int* ends = pairs)
            for (int i = 0; i < 6; i += 2)
                Assert.Equal(0, LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM, 0, ends + i));
        for (int i = 0; i < 3; i++)
            Assert.Equal(0, poller.Add(pairs[2 * i], new Token((ulong)i + 100), LibC.EPOLLIN));
        Assert.Empty(Wait(ref poller, 10));

        // Level-triggered: told for as long as there is input, with the token it was given.
        Files.Write(pairs[5], "x"u8);
        Assert.Equal([(102UL, LibC.EPOLLIN)], Wait(ref poller, 10));
        Assert.Equal([(102UL, LibC.EPOLLIN)], Wait(ref poller, 10));

        // What does not fit into the buffer comes with a later call.
        Files.Write(pairs[1], "x"u8);
        Files.Write(pairs[3], "x"u8);
        Assert.Equal(3, Wait(ref poller, 10).Length);
        Assert.Equal(2, Wait(ref poller, 2).Length);

        // Another mask and token, none, and no longer watched at all.
        Assert.Equal(0, poller.Modify(pairs[0], new Token(7), LibC.EPOLLOUT));
        Assert.Equal(0, poller.Modify(pairs[2], new Token(8), 0));
        poller.Remove(pairs[4]);
        Files.Close(pairs[4]);
        Assert.Equal([(7UL, LibC.EPOLLOUT)], Wait(ref poller, 10));
        for (int i = 0; i < 6; i++)
            if (i != 4) Files.Close(pairs[i]);
    }

    private static (ulong Token, int Events)[] Wait<TPoller>(ref TPoller poller, int capacity)
        where TPoller : unmanaged, IPoller<TPoller>
    {
        epoll_event* events = stackalloc epoll_event[16];
        int count = poller.Wait(events, capacity, Duration.Zero);
        Assert.InRange(count, 0, capacity);
        var result = new (ulong, int)[count];
        for (int i = 0; i < count; i++) result[i] = (events[i].data.u64, events[i].events);
        return result;
    }
}
