// The promise that serving allocates nothing on the garbage-collected heap, shown by the server's
// own counters, and a control that shows that the counters would tell.
using System.Collections.Generic;
using Epollecho.Tests.Support;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class AllocationTests
{
    [Fact]
    public void A_million_echoes_over_many_connections_allocate_nothing()
    {
        Tools.Require("redis-benchmark", "redis-tools");
        const int echoes = 1_000_000;
        using EchoServerProcess server = EchoServerProcess.Start();
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

    [Fact]
    public void Logging_connections_allocates_nothing_either()
    {
        using EchoServerProcess server = EchoServerProcess.Start("-vv");
        for (int i = 0; i < 300; i++)
        {
            using EchoClient client = server.Connect();
            client.AssertEchoes([1, 2, 3]);
        }
        Assert.Equal(
            0, server.Stop("^epollecho: (accepted|closed) ")["gc_allocated_bytes"]);
    }

    [Fact]
    public void Control_a_server_that_allocates_an_object_an_event_is_caught()
    {
        using EchoServerProcess server = EchoServerProcess.StartUnder(
            [], [], Tools.AllocatingBinary);
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
