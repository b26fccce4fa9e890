// The promise that serving allocates nothing on the garbage-collected heap, shown by the server's
// own counters, and a control that shows that the counters would tell.
using System.Collections.Generic;
using Epollecho.Tests.Support;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class AllocationTests
{
    [Theory, InModes(ServerModes.All)]
    public void A_million_echoes_over_many_connections_allocate_nothing(ServerModes mode)
    {
        Tools.Require("redis-benchmark", "redis-tools");
        const int echoes = 1_000_000;
        using EchoServerProcess server = EchoServerProcess.Start(mode);
        Benchmark(server.Port, echoes, connections: 500);
        Dictionary<string, long> statistics = server.AskStatistics();
        Assert.InRange(statistics["total"], 500, 600);
        Assert.InRange(statistics["bytes_out"], echoes * 10, long.MaxValue);
        Assert.Equal(0, statistics["gc_allocated_bytes"]);
        Assert.Equal(0, statistics["gc_collections"]);
        statistics = server.Stop();
        Assert.Equal(0, statistics["gc_allocated_bytes"]);
        Assert.Equal(0, statistics["gc_collections"]);
    }

    [Theory, InModes(ServerModes.All)]
    public void Logging_connections_allocates_nothing_either(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode, "-vv");
        for (int i = 0; i < 300; i++)
        {
            using EchoClient client = server.Connect();
            client.AssertEchoes([1, 2, 3]);
        }
        Assert.Equal(
            0, server.Stop("^epollecho: (accepted|closed) ")["gc_allocated_bytes"]);
    }

    [Theory, InModes(ServerModes.All)]
    public void Control_a_server_that_allocates_an_object_an_event_is_caught(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.StartUnder(
            mode, [], [], Tools.AllocatingBinary);
        using (EchoClient client = server.Connect())
            for (int i = 0; i < 100; i++) client.AssertEchoes([1]);
        // An object is at least 24 bytes.
        Assert.InRange(server.AskStatistics()["gc_allocated_bytes"], 100 * 24, long.MaxValue);
        server.Stop();
    }

    private static void Benchmark(int port, int requests, int connections)
    {
        Finished finished = Tools.Run(
            "redis-benchmark", "-p", $"{port}", "-t", "ping_mbulk", "-n", $"{requests}",
            "-c", $"{connections}", "-P", "4", "-q");
        Assert.True(finished.Status == 0, finished.Error);
        Assert.Contains("requests per second", finished.Output);
    }
}
