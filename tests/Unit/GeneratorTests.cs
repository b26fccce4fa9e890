// The generator by itself, against a server: connections that are opened in steps, and several
// phases on the same connections, of which only some send.
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Epollecho.Native.Net;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed unsafe class GeneratorTests
{
    private static readonly Pattern Pattern = Pattern.Create();

    [Theory]
    [InlineData(0)]
    [InlineData(2000)]
    public void Phases_on_the_same_connections_each_send_their_own_messages(int rate)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        using NoSignals signals = new();
        Progress progress = new() { Workers = 1, SignalFd = signals.Fd };
        Assert.True(Tally.TryCreate(out Tally tally));
        Generator generator = Create(
            server, &progress, &tally, new() { Active = 3, Rate = rate, Count = 40 });
        generator.Open(4);
        Assert.Equal(4, tally.Opened);
        generator.Open(10);
        Assert.Equal(10, tally.Opened);
        for (int phase = 1; phase <= 3; phase++)
        {
            generator.Run(Duration.Zero, Duration.FromSeconds(60L));
            Assert.Equal(40 * phase, tally.Sent);
            Assert.Equal(40 * phase, tally.Received);
            Assert.Equal(40 * phase, tally.LatencyFromSend.Count);
            Assert.Equal(rate == 0 ? 0 : 40 * phase, tally.LatencyFromPlan.Count);
            Assert.True(tally.LatencyFromPlan.Max < 60_000_000_000); // none from another phase
        }
        generator.Close();
        Assert.Equal(10, tally.Opened);
        Assert.True(tally.IsGood);
        tally.Free();
        Assert.Equal(3 * 40 * 64, server.Stop()["bytes_in"]);
    }

    [Fact]
    public void The_first_failure_ends_a_load_that_is_to_stop_at_it()
    {
        using EchoServerProcess server = EchoServerProcess.Start("--grace=0");
        using NoSignals signals = new();
        Progress progress = new() { Workers = 1, SignalFd = signals.Fd };
        Assert.True(Tally.TryCreate(out Tally tally));
        Generator generator = Create(
            server, &progress, &tally, new() { Active = 10, StopsAtFailure = true });
        generator.Open(10);
        server.Stop();
        generator.Run(Duration.Zero, Duration.FromSeconds(60L));
        generator.Close();
        Assert.Equal(0, progress.Signal);
        Assert.True(progress.StopRequests > 1);
        Assert.True(tally.FailureCount > 0);
        Assert.False(tally.IsGood);
        tally.Free();
    }

    private static Generator Create(
        EchoServerProcess server, Progress* progress, Tally* tally, GeneratorOptions options)
    {
        options.Connections = 10;
        options.SizeBytes = 64;
        options.Pipeline = 1;
        options.Workers = 1;
        options.Timeout = Duration.FromSeconds(60L);
        Endpoint endpoint = Endpoint.Loopback(EndpointKind.Ipv4).WithPort(server.Port);
        Assert.Equal(0, Generator.Create(
            options, Pattern, progress, tally, endpoint, 0, out Generator generator));
        return generator;
    }

    /// <summary>Something to watch in the place of a signalfd, at which nothing comes.</summary>
    private readonly ref struct NoSignals
    {
        private readonly int other;

        public NoSignals()
        {
            int* pair = stackalloc int[2];
            Assert.Equal(0, LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM, 0, pair));
            Fd = pair[0];
            other = pair[1];
        }

        public int Fd { get; }

        public void Dispose()
        {
            Files.Close(Fd);
            Files.Close(other);
        }
    }
}
