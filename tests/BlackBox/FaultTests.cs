// What clients and the machine do to a server. It survives, keeps its memory bounded, and serves
// the others.
using System;
using System.Collections.Generic;
using System.Linq;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class FaultTests
{
    private static readonly byte[] Junk = Tools.RandomBytes(16 << 20);

    [Theory, InModes(ServerModes.All)]
    [Row("--max-memory=4M")]
    [Row("--max-memory=0")]
    public void Peers_that_do_not_read_cost_bounded_memory_and_lose_nothing(
        ServerModes mode, string option)
    {
        const int count = 150;
        using EchoServerProcess server = EchoServerProcess.Start(mode, option, "--buffer=64k");
        List<(EchoClient Client, int Sent)> slow = [];
        try
        {
            List<EchoClient> clients = [.. Enumerable.Range(0, count).Select(
                _ => EchoClient.Connect(server.Port, receiveBuffer: 4096))];
            int[] sent = new int[count];
            System.Threading.Tasks.Parallel.For(
                0, count, new() { MaxDegreeOfParallelism = 64 },
                i => sent[i] = clients[i].SendUntilBlocked(server, Junk));
            slow = [.. clients.Zip(sent)];

            using (EchoClient other = server.Connect())
                for (int i = 0; i < 100; i++) other.AssertEchoes([1, 2, 3]);
            Assert.InRange(server.AnonymousBytes(), 0, 10 << 20);

            foreach ((EchoClient client, _) in slow) client.EndSending();
            System.Threading.Tasks.Parallel.ForEach(slow, new() { MaxDegreeOfParallelism = 64 },
                one => one.Client.AssertReceivesThenEnd(Junk.AsSpan(0, one.Sent)));
        }
        finally
        {
            foreach ((EchoClient client, _) in slow) client.Dispose();
        }
        server.AwaitStatistics("connections", 0);
        Dictionary<string, long> statistics = server.Stop();
        Assert.Equal(statistics["bytes_in"], statistics["bytes_out"]);
        if (ServerModes.Eager.HasFlag(mode))
            Assert.Equal(option == "--max-memory=0", statistics["bytes_spilled"] == 0);
        Assert.Equal(0, statistics["gc_allocated_bytes"]);
    }

    [Theory, InModes(ServerModes.All)]
    public void A_peer_that_never_reads_and_resets_leaves_nothing_behind(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode, "-v");
        for (int i = 0; i < 20; i++)
        {
            EchoClient client = EchoClient.Connect(server.Port, receiveBuffer: 4096);
            client.Send(Junk.AsSpan(0, 300_000));
            client.Reset();
        }
        server.AwaitStatistics("connections", 0);
        using (EchoClient other = server.Connect()) other.AssertEchoes([1]);
        server.AwaitStatistics("connections", 0);
        Assert.Contains(server.Log, line => line.EndsWith("reset", StringComparison.Ordinal));
        server.Stop("^epollecho: (accepted|closed) ");
    }

    [Theory, InModes(ServerModes.All)]
    [Row(0)]
    [Row(1)]
    [Row(100_000)]
    public void Resets_at_any_point_are_survived(ServerModes mode, int bytesBefore)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode);
        for (int i = 0; i < 200; i++)
        {
            EchoClient client = server.Connect();
            client.Send(Junk.AsSpan(0, bytesBefore));
            if (i % 2 == 0 && bytesBefore > 0) _ = client.Receive(1);
            client.Reset();
        }
        server.AwaitStatistics("connections", 0);
        Assert.Equal(200, server.AskStatistics()["total"]);
        using (EchoClient other = server.Connect()) other.AssertEchoes([1]);
        server.Stop();
    }

    [Theory, InModes(ServerModes.All)]
    public void Little_address_space_means_smaller_tables_not_failure(ServerModes mode)
    {
        // In KB: what the runtime reserves for itself, and little more.
        using EchoServerProcess server = EchoServerProcess.StartInShell(
            mode, "ulimit -v 300000; exec \"$@\"", "--max-memory=4G", "--max-connections=4194304");
        List<(EchoClient Client, int Sent)> slow = [];
        for (int i = 0; i < 20; i++)
        {
            EchoClient client = EchoClient.Connect(server.Port, receiveBuffer: 4096);
            slow.Add((client, client.SendUntilBlocked(server, Junk)));
        }
        using (EchoClient other = server.Connect()) other.AssertEchoes([1]);
        foreach ((EchoClient client, int sent) in slow)
        {
            client.EndSending();
            client.AssertReceivesThenEnd(Junk.AsSpan(0, sent));
            client.Dispose();
        }
        server.AwaitStatistics("connections", 0);
        server.Stop();
    }
}
