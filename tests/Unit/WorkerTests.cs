// A worker on a kernel of the test's own: stale tokens, calls to watch that fail, limits, pauses, and
// the end.
using System;
using System.Linq;
using System.Runtime.InteropServices;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Output;
using Epollecho.Native.Server;
using Epollecho.Native.Server.Engine;
using Epollecho.Native.Server.Session;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed unsafe class WorkerTests : IDisposable
{
    private const int Fd = 900; // never a real one: no call is made on it

    private readonly ScriptedKernel kernel = new();
    private readonly Log* log;
    private readonly EventLoop<EpollPoller>* loop;
    private Worker<EpollPoller, ScriptedCalls> worker;

    public WorkerTests()
    {
        log = (Log*)NativeMemory.AllocZeroed((nuint)sizeof(Log));
        *log = Log.Open(Verbosity.Quiet);
        loop = (EventLoop<EpollPoller>*)NativeMemory.AllocZeroed(
            (nuint)sizeof(EventLoop<EpollPoller>));
    }

    public void Dispose()
    {
        worker.Engine.Transfer.Sessions.Release();
        loop->Timers.Release();
        loop->Poller.Close();
        NativeMemory.Free(log);
        NativeMemory.Free(loop);
    }

    [Fact]
    public void An_event_of_a_connection_that_has_been_closed_is_left_alone()
    {
        Open();
        Token stale = Admit(Fd);
        Socket(Fd).HasEnded = true;
        worker.OnEvent(stale, LibC.EPOLLIN | LibC.EPOLLRDHUP);
        worker.OnTurnEnd();
        Assert.Equal($"close {Fd}", kernel.Record[^1]);
        Token fresh = Admit(Fd); // the same descriptor, the same slot
        kernel.Record.Clear();
        worker.OnEvent(stale, LibC.EPOLLIN);
        Assert.Empty(kernel.Record);
        worker.OnEvent(fresh, LibC.EPOLLIN);
        Assert.NotEmpty(kernel.Record);
    }

    [Fact]
    public void An_event_behind_the_end_within_one_batch_is_left_alone()
    {
        Open();
        Token token = Admit(Fd);
        Socket(Fd).HasEnded = true;
        worker.OnEvent(token, LibC.EPOLLIN);
        kernel.Record.Clear();
        worker.OnEvent(token, LibC.EPOLLIN | LibC.EPOLLHUP);
        Assert.Empty(kernel.Record);
        worker.OnTurnEnd();
        Assert.Equal([$"close {Fd}"], kernel.Record);
    }

    [Fact]
    public void A_connection_that_cannot_be_watched_is_refused_and_counted()
    {
        Open();
        kernel.Watches.Enqueue(-LibC.ENOSPC);
        kernel.Open(Fd);
        worker.Admit(Fd, null);
        Assert.Equal([$"watch {Fd}", $"refuse {Fd}"], kernel.Record);
        Assert.Equal(0, worker.ConnectionCount);
        Assert.Equal(1, worker.Engine.Transfer.Sessions.Statistics.Refused);
        Assert.Equal(0, worker.Engine.Transfer.Sessions.Statistics.Accepted);
    }

    [Fact]
    public void More_connections_than_may_be_are_refused()
    {
        Open(maxConnections: 2);
        _ = Admit(Fd);
        _ = Admit(Fd + 1);
        kernel.Open(Fd + 2);
        worker.Admit(Fd + 2, null);
        Assert.Equal($"refuse {Fd + 2}", kernel.Record[^1]);
        Assert.Equal(2, worker.ConnectionCount);
        Assert.Equal(1, worker.Engine.Transfer.Sessions.Statistics.Refused);
    }

    [Fact]
    public void A_watch_that_cannot_be_changed_ends_the_connection_and_no_other()
    {
        Open(strategy: Strategy.Rearm);
        Token token = Admit(Fd);
        Token other = Admit(Fd + 1);
        Socket(Fd).Arrive("x"u8);
        Socket(Fd + 1).Arrive("y"u8);
        kernel.Watches.Enqueue(-LibC.ENOMEM);
        worker.OnEvent(token, LibC.EPOLLIN);
        worker.OnEvent(other, LibC.EPOLLIN);
        worker.OnTurnEnd();
        Assert.Equal(1, kernel.CountOf("close"));
        Assert.Equal(1, worker.ConnectionCount);
        worker.OnEvent(other, LibC.EPOLLOUT);
        Assert.Equal("y"u8.ToArray(), Socket(Fd + 1).Output);
    }

    [Fact]
    public void A_connection_with_work_left_keeps_the_loop_from_waiting()
    {
        Open(readBytes: 10);
        Token token = Admit(Fd);
        Socket(Fd).Arrive(Tools.RandomBytes(10 * (EagerStrategy.ReceiveBudget + 1)));
        Assert.True(worker.WaitLimit.IsNever);
        worker.OnEvent(token, LibC.EPOLLIN);
        Assert.Equal(Instant.Start, worker.WaitLimit);
        worker.OnTurnEnd();
        Assert.True(worker.WaitLimit.IsNever);
    }

    [Fact]
    public void Accepting_pauses_for_a_shortage_and_goes_on_when_its_timer_expires()
    {
        Open();
        kernel.Accepts.Enqueue(-LibC.EMFILE);
        worker.OnEvent(new(TokenKind.Listener, 0), LibC.EPOLLIN);
        Assert.True(worker.Listeners.ArePaused);
        Assert.True(worker.Engine.Transfer.SparesDescriptors);
        Assert.Equal(loop->Now + Listeners.Pause, loop->Timers.Next);
        worker.OnEvent(new(TokenKind.Listener, 0), LibC.EPOLLIN); // noted before the pause
        Assert.Equal(1, kernel.CountOf("accept4"));
        worker.OnTimer(loop->Timers.Expire(loop->Timers.Next));
        Assert.False(worker.Listeners.ArePaused);
    }

    [Fact]
    public void Accepting_goes_on_when_a_connection_closes()
    {
        Open();
        Token token = Admit(Fd);
        kernel.Accepts.Enqueue(-LibC.ENFILE);
        worker.OnEvent(new(TokenKind.Listener, 0), LibC.EPOLLIN);
        Socket(Fd).HasEnded = true;
        worker.OnEvent(token, LibC.EPOLLIN);
        worker.OnTurnEnd();
        Assert.False(worker.Listeners.ArePaused);
        Assert.Equal(0, loop->Timers.Count);
    }

    [Fact]
    public void Without_connections_a_stop_is_the_end()
    {
        Open();
        worker.BeginStop(Duration.FromSeconds(5));
        Assert.True(worker.IsStopping);
        Assert.True(worker.IsFinished);
    }

    [Fact]
    public void With_connections_the_end_comes_when_they_have_ended_or_the_grace_is_over()
    {
        Open();
        Token token = Admit(Fd);
        worker.BeginStop(Duration.FromSeconds(5));
        Assert.False(worker.IsFinished);
        Assert.Equal(loop->Now + Duration.FromSeconds(5), loop->Timers.Next);
        Socket(Fd).HasEnded = true;
        worker.OnEvent(token, LibC.EPOLLIN);
        worker.OnTurnEnd();
        Assert.True(worker.IsFinished);

        Open();
        _ = Admit(Fd);
        worker.BeginStop(Duration.FromSeconds(5));
        worker.OnTimer(loop->Timers.Expire(loop->Timers.Next));
        Assert.True(worker.IsFinished);
        worker.CloseAll();
        Assert.Equal(0, worker.ConnectionCount);
    }

    private ScriptedSocket Socket(int fd) => kernel.Sockets[fd];

    private void Open(
        int maxConnections = 16, int readBytes = 64 << 10, Strategy strategy = Strategy.Eager)
    {
        ServerOptions options = new()
        {
            MaxConnections = maxConnections,
            BufferBytes = 64 << 10,
            ReadBytes = readBytes,
            Strategy = strategy,
        };
        worker = default;
        Assert.Equal(0, worker.Open(
            options, new ScriptedCalls(kernel), log, limitsFiles: false, loop));
    }

    private Token Admit(int fd)
    {
        kernel.Open(fd);
        worker.Admit(fd, null);
        ref ConnectionTable table = ref worker.Engine.Transfer.Sessions.Table;
        for (int slot = 0; slot < table.UsedSlots; slot++)
            if (table[slot]->Fd == fd) return table.TokenOf(slot);
        throw new InvalidOperationException("not admitted");
    }
}
