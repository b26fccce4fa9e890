// The engine on a kernel of the test's own: partial sends, full pools, ends, errors and budgets,
// under both strategies and through a pipe.
using System;
using System.Linq;
using Epollecho.Native.Base;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Engine;
using Epollecho.Native.Server.Session;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed unsafe class EngineTests : IDisposable
{
    private const int Fd = 900; // never a real one: no call is made on it
    private const int BufferBytes = 128 << 10;

    private readonly ScriptedKernel kernel = new();
    private readonly ScriptedSocket socket;
    private readonly Log* log;
    private readonly byte* buffer;
    private EchoEngine<ScriptedCalls> engine;

    public EngineTests()
    {
        socket = kernel.Open(Fd);
        log = (Log*)System.Runtime.InteropServices.NativeMemory.AllocZeroed((nuint)sizeof(Log));
        *log = Log.Open(Verbosity.Quiet);
        buffer = (byte*)System.Runtime.InteropServices.NativeMemory.Alloc(BufferBytes);
    }

    public void Dispose()
    {
        engine.Transfer.Sessions.Release();
        System.Runtime.InteropServices.NativeMemory.Free(log);
        System.Runtime.InteropServices.NativeMemory.Free(buffer);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void What_arrives_is_sent_back(int strategy)
    {
        Connection* connection = Open((Strategy)strategy);
        socket.Arrive("hello"u8);
        Serve();
        if (strategy == 1) Serve(); // for input, then for output
        Assert.Equal("hello"u8.ToArray(), socket.Output);
        Assert.Equal(5, connection->BytesIn);
        Assert.Equal(5, connection->BytesOut);
        Assert.Equal(ConnectionFlags.None, connection->Flags);
    }

    [Fact]
    public void A_short_read_is_not_followed_by_another_one_unless_the_end_was_reported()
    {
        Connection* connection = Open(Strategy.Eager);
        socket.Arrive("a"u8);
        Serve();
        Assert.Equal(["recv 900", "send 900"], kernel.Record);
        Assert.True(engine.NoteEvent(connection, LibC.EPOLLIN | LibC.EPOLLRDHUP));
        socket.Arrive("b"u8);
        socket.HasEnded = true;
        Serve();
        Assert.Equal("ab"u8.ToArray(), socket.Output);
        Assert.Equal(CloseReason.Eof, connection->Reason);
        Assert.Equal(1, engine.Transfer.Sessions.Closing.Count);
    }

    [Fact]
    public void What_the_peer_does_not_take_waits_in_a_block_and_nothing_more_is_read()
    {
        Connection* connection = Open(Strategy.Eager);
        byte[] bytes = Tools.RandomBytes(1000);
        socket.Room = 300;
        socket.Arrive(bytes);
        Serve();
        Assert.Equal(UnsentPlace.Block, connection->Unsent.Place);
        Assert.Equal(700, connection->Unsent.Length);
        Assert.Equal(700, engine.Transfer.Sessions.Statistics.BytesSpilled);
        Assert.False(engine.NoteEvent(connection, LibC.EPOLLIN)); // not before there is room
        Assert.True(engine.NoteEvent(connection, LibC.EPOLLOUT));
        socket.Room = 400;
        Serve();
        Assert.Equal(300, connection->Unsent.Length);
        socket.Room = int.MaxValue;
        socket.HasEnded = true;
        Serve();
        Assert.Equal(bytes, socket.Output);
        Assert.Equal(UnsentPlace.None, connection->Unsent.Place);
        Assert.Equal(0, engine.Transfer.Sessions.Unsent.Blocks.InUse);
        Assert.Equal(CloseReason.Eof, connection->Reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Without_a_block_just_what_the_peer_takes_is_taken_from_the_socket(int strategy)
    {
        Connection* connection = Open((Strategy)strategy, maxMemory: 0);
        byte[] bytes = Tools.RandomBytes(1000);
        socket.Arrive(bytes);
        socket.Room = 300;
        Serve();
        Serve();
        Assert.Equal(bytes[..300], socket.Output);
        Assert.Equal(300, connection->BytesIn);
        Assert.True(connection->Has(ConnectionFlags.WaitsForRoom));
        socket.Room = int.MaxValue;
        Serve();
        Assert.Equal(bytes, socket.Output);
        Assert.Equal(UnsentPlace.None, connection->Unsent.Place);
    }

    [Fact]
    public void An_error_of_the_connection_ends_it()
    {
        int errno = LibC.ECONNRESET;
        foreach (bool whileSending in new[] { false, true })
        {
            Connection* connection = Open(Strategy.Eager);
            socket.Arrive("x"u8);
            (whileSending ? socket.SendErrors : socket.ReceiveErrors).Enqueue(errno);
            Serve();
            Assert.Equal(CloseReason.Failed, connection->Reason);
            Assert.Equal(errno, connection->Errno);
            Assert.True(connection->Has(ConnectionFlags.Closing));
            engine.Transfer.Sessions.Release();
        }
    }

    [Fact]
    public void A_fast_sender_goes_to_the_ready_list_when_its_budget_is_used_up()
    {
        Connection* connection = Open(Strategy.Eager, read: 10, usesPipes: false);
        socket.Arrive(Tools.RandomBytes(10 * (EagerStrategy.ReceiveBudget + 5)));
        Serve();
        Assert.Equal(EagerStrategy.ReceiveBudget, kernel.CountOf("recv"));
        Assert.True(connection->Has(ConnectionFlags.Ready));
        Assert.False(engine.NoteEvent(connection, LibC.EPOLLIN)); // it has its turn anyway
        Assert.Equal(0, engine.Transfer.Sessions.TakeReady());
        Serve();
        Assert.Equal(10 * (EagerStrategy.ReceiveBudget + 5), socket.Output.Count);
    }

    [Fact]
    public void A_connection_that_fails_in_the_ready_list_is_closed_once()
    {
        Connection* connection = Open(Strategy.Eager, read: 10, usesPipes: false);
        socket.Arrive(Tools.RandomBytes(10 * (EagerStrategy.ReceiveBudget + 5)));
        Serve();
        Assert.True(connection->Has(ConnectionFlags.Ready));
        ref Sessions sessions = ref engine.Transfer.Sessions;
        sessions.MarkFailed(0, LibC.ENOMEM);
        sessions.MarkFailed(0, LibC.ENOMEM);
        Assert.Equal(0, sessions.Closing.Count);
        Assert.Equal(ConnectionTable.None, sessions.TakeReady());
        Assert.Equal(0, sessions.Closing.Pop(ref sessions.Table));
        Assert.Equal(ConnectionTable.None, sessions.Closing.Pop(ref sessions.Table));
    }

    [Fact]
    public void A_saturated_connection_goes_through_a_pipe_and_its_rest_waits_there()
    {
        Connection* connection = Open(Strategy.Eager);
        byte[] bytes = Tools.RandomBytes(3 * BufferBytes);
        socket.Arrive(bytes);
        socket.Room = BufferBytes + 5000;
        Serve();
        Assert.Equal(1, kernel.CountOf("recv"));
        Assert.Equal(1, kernel.CountOf("splice-in"));
        Assert.Equal(UnsentPlace.Pipe, connection->Unsent.Place);
        Assert.Equal(BufferBytes - 5000, connection->Unsent.Length);
        socket.Room = int.MaxValue;
        socket.HasEnded = true;
        engine.NoteEvent(connection, LibC.EPOLLRDHUP);
        Serve();
        Assert.Equal(bytes, socket.Output);
        Assert.Equal(UnsentPlace.None, connection->Unsent.Place);
        Assert.False(engine.Transfer.Sessions.Unsent.Pipes.IsInUse);
    }

    [Fact]
    public void A_new_connection_gets_the_descriptors_of_a_pipe_whose_bytes_move_to_a_block()
    {
        Connection* connection = Open(Strategy.Eager);
        byte[] bytes = Tools.RandomBytes(2 * BufferBytes);
        socket.Arrive(bytes);
        socket.Room = BufferBytes;
        Serve();
        Assert.Equal(UnsentPlace.Pipe, connection->Unsent.Place);
        Assert.True(SplicePath.TryGiveUpPipe(ref engine.Transfer));
        Assert.Equal(UnsentPlace.Block, connection->Unsent.Place);
        Assert.False(SplicePath.TryGiveUpPipe(ref engine.Transfer));
        socket.Room = int.MaxValue;
        Serve();
        Assert.Equal(bytes, socket.Output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_splice_is_refused_recv_and_send_do_it(bool forEver)
    {
        Connection* connection = Open(Strategy.Eager);
        byte[] bytes = Tools.RandomBytes(3 * BufferBytes);
        socket.Arrive(bytes);
        if (forEver) kernel.Splices.Enqueue(-LibC.EINVAL);
        else engine.Transfer.SparesDescriptors = true; // new connections wait for them
        Serve();
        Assert.Equal(bytes, socket.Output);
        Assert.Equal(forEver ? 1 : 0, kernel.CountOf("splice-in"));
        Assert.Equal(forEver, engine.Transfer.Sessions.Unsent.Pipes.IsOff);
    }

    /// <summary>A new engine with one connection, in slot 0.</summary>
    private Connection* Open(
        Strategy strategy, long maxMemory = 4 << 20, int read = BufferBytes,
        bool usesPipes = true)
    {
        engine = default;
        engine.Strategy = strategy;
        engine.Transfer.Calls = new ScriptedCalls(kernel);
        engine.Transfer.UseBuffer(buffer, BufferBytes, read);
        Assert.True(Sessions.TryCreate(4, out engine.Transfer.Sessions));
        ref Sessions sessions = ref engine.Transfer.Sessions;
        sessions.Open(
            UnsentPool.Create(maxMemory, BufferBytes, usesPipes), log, keepsPeers: false);
        Assert.Equal(0, sessions.Add(Fd, Instant.Now, null));
        sessions.Begin(0);
        return sessions.Table[0];
    }

    private void Serve() => engine.Serve(0, engine.Transfer.Sessions.Table[0]);
}
