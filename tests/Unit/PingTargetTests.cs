// A target of ping on an event loop, step by step, against a server of the test's own.
using System;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Net;
using Epollecho.Native.Options;
using Epollecho.Native.Ping;
using Tmds.Linux;
using Xunit;
using ClrSocket = System.Net.Sockets.Socket;

namespace Epollecho.Tests.Unit;

public sealed unsafe class PingTargetTests : IDisposable
{
    private const int Size = 8;

    private readonly ClrSocket listener = new(SocketType.Stream, ProtocolType.Tcp);
    private EventLoop<EpollPoller> loop;

    public PingTargetTests()
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Assert.Equal(0, EventLoop<EpollPoller>.TryCreate(PollerKind.Epoll, 1, 1, out loop));
    }

    private int Port => ((IPEndPoint)listener.LocalEndPoint!).Port;

    public void Dispose() => listener.Dispose();

    [Fact]
    public void A_round_trip_goes_from_the_connection_to_the_last_byte()
    {
        PingTarget target = Create();
        Assert.True(target.IsIdle);
        Assert.Equal(RoundTripState.UnderWay, target.Begin(ref loop));
        Assert.True(loop.Timers.IsArmed(0)); // the time limit
        using ClrSocket server = listener.Accept();
        byte[] bytes = new byte[Size];
        Assert.Equal(RoundTripState.UnderWay, Turn(ref target)); // connected, and sent
        Assert.Equal(Size, server.Receive(bytes));
        server.Send(bytes.AsSpan(0, 3));
        Assert.Equal(RoundTripState.UnderWay, Turn(ref target));
        server.Send(bytes.AsSpan(3));
        Assert.Equal(RoundTripState.Returned, Turn(ref target));
        Assert.True(target.Elapsed > Duration.Zero);
        Assert.True(target.IsIdle);
        Assert.Equal(1, target.Sequence);

        // The next one goes over the same connection, with other bytes.
        Assert.Equal(RoundTripState.UnderWay, target.Begin(ref loop));
        byte[] others = new byte[Size];
        Assert.Equal(Size, server.Receive(others));
        Assert.NotEqual(bytes, others);
        target.Close();
    }

    [Fact]
    public void What_is_under_way_fails_at_its_time_limit_and_the_next_one_connects_anew()
    {
        PingTarget target = Create();
        _ = target.Begin(ref loop);
        using ClrSocket first = listener.Accept();
        Assert.Equal(RoundTripState.UnderWay, Turn(ref target));
        Assert.Equal(RoundTripState.Failed, target.OnTimeout(ref loop));
        Assert.Equal(Failure.Timeout, target.Failure);
        Assert.Equal("after 5.000 s 0 of 8 bytes had come back", ReasonOf(target));
        Assert.Equal(RoundTripState.UnderWay, target.Begin(ref loop));
        using ClrSocket second = listener.Accept();
        target.Close();
    }

    [Fact]
    public void An_event_of_a_former_connection_is_ignored()
    {
        PingTarget target = Create();
        _ = target.Begin(ref loop);
        using ClrSocket first = listener.Accept();
        Token former = Wait();
        Assert.Equal(RoundTripState.UnderWay, target.OnEvent(ref loop, former));
        Assert.Equal(RoundTripState.Failed, target.OnTimeout(ref loop));
        _ = target.Begin(ref loop);
        // Were it taken for one of the new connection, its time limit would be the reply's.
        Assert.Equal(RoundTripState.UnderWay, target.OnEvent(ref loop, former));
        Assert.Equal(RoundTripState.Failed, target.OnTimeout(ref loop));
        Assert.StartsWith("cannot connect to 127.0.0.1:", ReasonOf(target));
    }

    [Fact]
    public void A_close_that_comes_with_a_part_of_the_reply_is_seen_at_once()
    {
        PingTarget target = Create();
        _ = target.Begin(ref loop);
        using (ClrSocket server = listener.Accept())
        {
            Assert.Equal(RoundTripState.UnderWay, Turn(ref target));
            byte[] bytes = new byte[Size];
            Assert.Equal(Size, server.Receive(bytes));
            server.Send(bytes.AsSpan(0, 3));
        }
        // Bytes and end may come with one event, which is reported once, or with two.
        RoundTripState state = Turn(ref target);
        if (state == RoundTripState.UnderWay) state = Turn(ref target);
        Assert.Equal(RoundTripState.Failed, state);
        Assert.Equal(Failure.Reset, target.Failure);
        Assert.Equal("the server has closed the connection", ReasonOf(target));
    }

    private PingTarget Create()
    {
        Connector connector = Connector.For(
            NativeText.PointerTo("127.0.0.1"u8), (ushort)Port, LibC.AF_INET,
            Duration.FromSeconds(5));
        Assert.True(connector.TryResolve());
        PingOptions options = new()
        {
            SizeBytes = Size,
            Target = new TargetOptions { Timeout = Duration.FromSeconds(5) },
        };
        return new PingTarget(0, connector, options);
    }

    /// <summary>The token of the event that comes next.</summary>
    private Token Wait()
    {
        epoll_event one;
        Assert.Equal(1, loop.Poller.Wait(&one, 1, Duration.FromSeconds(10)));
        return new Token(one.data.u64);
    }

    private RoundTripState Turn(ref PingTarget target)
    {
        Token token = Wait();
        return target.OnEvent(ref loop, token);
    }

    private static string ReasonOf(in PingTarget target)
    {
        Span<byte> buffer = stackalloc byte[512];
        TextBuilder text = new(buffer);
        target.AppendReason(ref text);
        return Encoding.UTF8.GetString(text.Written);
    }
}
