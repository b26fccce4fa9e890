// The loop: events, timers and the owner's own work are handed out in the order that is promised,
// and a wait ends when the first of them is due.
using System;
using System.Collections.Generic;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Server;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed unsafe class EventLoopTests
{
    [Fact]
    public void A_turn_hands_out_events_then_timers_then_its_end()
    {
        EventLoop<EpollPoller> loop = Create();
        int* pair = stackalloc int[2];
        Assert.Equal(0, LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM, 0, pair));
        Token token = new(TokenKind.Listener, 7);
        Assert.Equal(0, loop.Poller.Add(pair[0], token, LibC.EPOLLIN));
        Files.Write(pair[1], "x"u8);
        loop.Timers.Arm(3, Instant.Start);
        Recorder owner = new([]) { WaitLimit = Instant.Never };
        Assert.Equal(0, loop.Turn(ref owner));
        Assert.Equal(["wait 1", "event Listener 7", "timer 3", "end"], owner.Record);
        Files.Close(pair[0]);
        Files.Close(pair[1]);
    }

    [Fact]
    public void A_wait_ends_for_a_timer_and_for_the_limit_of_the_owner()
    {
        EventLoop<EpollPoller> loop = Create();
        Recorder owner = new([]) { WaitLimit = Instant.Never };
        Instant due = Instant.Now + Duration.FromMilliseconds(20);
        loop.Timers.Arm(0, due);
        Assert.Equal(0, loop.Turn(ref owner));
        Assert.Equal(["wait 0", "timer 0", "end"], owner.Record);
        Assert.True(loop.Now >= due);
        owner.Record.Clear();
        owner.WaitLimit = Instant.Now + Duration.FromMilliseconds(20);
        loop.Timers.Arm(0, Instant.Now + Duration.FromSeconds(3600));
        Assert.Equal(0, loop.Turn(ref owner));
        Assert.Equal(["wait 0", "end"], owner.Record);
        Assert.True(loop.Now >= owner.WaitLimit);
    }

    [Fact]
    public void Work_that_is_due_is_not_kept_waiting_and_a_broken_poller_is_told()
    {
        EventLoop<EpollPoller> loop = Create();
        Recorder owner = new([]) { WaitLimit = Instant.Start };
        for (int i = 0; i < 3; i++) Assert.Equal(0, loop.Turn(ref owner));
        Assert.Equal(["wait 0", "end", "wait 0", "end", "wait 0", "end"], owner.Record);
        loop.Poller.Close();
        Assert.Equal(-LibC.EBADF, loop.Turn(ref owner));
    }

    [Fact]
    public void Busy_polling_ends_when_a_timer_is_due()
    {
        EventLoop<EpollPoller> loop = Create();
        loop.BusyPoll = Duration.FromSeconds(3600);
        loop.MeasuresWaits = true;
        loop.Timers.Arm(1, Instant.Now + Duration.FromMilliseconds(5));
        Recorder owner = new([]) { WaitLimit = Instant.Never };
        Assert.Equal(0, loop.Turn(ref owner));
        Assert.Contains("timer 1", owner.Record);
        Assert.Equal(1, loop.Turns);
        Assert.True(loop.Waited >= Duration.FromMilliseconds(4));
    }

    [Fact]
    public void A_timer_that_is_always_due_does_not_keep_a_turn_from_ending()
    {
        EventLoop<EpollPoller> loop = Create();
        Rearming owner = new(&loop) { WaitLimit = Instant.Never };
        loop.Timers.Arm(0, Instant.Start);
        for (int i = 1; i <= 3; i++)
        {
            Assert.Equal(0, loop.Turn(ref owner));
            Assert.Equal(i, owner.Expired);
        }
    }

    private static EventLoop<EpollPoller> Create()
    {
        Assert.Equal(0, EventLoop<EpollPoller>.TryCreate(
            PollerKind.Epoll, 16, 16, out EventLoop<EpollPoller> loop));
        return loop;
    }

    private struct Rearming(EventLoop<EpollPoller>* loop) : ILoopOwner
    {
        public static bool ObservesWaits => false;

        public Instant WaitLimit { get; set; }

        public int Expired { get; private set; }

        public readonly void OnEvent(Token token, int events)
        {
        }

        public void OnTimer(int timer)
        {
            Expired++;
            loop->Timers.Arm(timer, Instant.Start);
        }

        public readonly void OnTurnEnd()
        {
        }

        public readonly void OnWaited(
            epoll_event* events, int count, Instant start, Instant end)
        {
        }
    }

    private struct Recorder(List<string> record) : ILoopOwner
    {
        public readonly List<string> Record => record;

        public static bool ObservesWaits => true;

        public Instant WaitLimit { get; set; }

        public readonly void OnEvent(Token token, int events) =>
            record.Add($"event {token.Kind} {token.Index}");

        public readonly void OnTimer(int timer) => record.Add($"timer {timer}");

        public readonly void OnTurnEnd() => record.Add("end");

        public readonly void OnWaited(
            epoll_event* events, int count, Instant start, Instant end) =>
            record.Add($"wait {count}");
    }
}
