// Streams by splice: that it is used, that it loses nothing, and that no pipe is left behind.
using System;
using System.IO;
using System.Linq;
using Epollecho.Tests.Support;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class SpliceTests
{
    // The fewer bytes fill the buffer, the more often a stream is found to be one.
    private const string OftenSpliced = "--buffer=64K";

    [Theory]
    [InlineData("auto", true)]
    [InlineData("off", false)]
    public void A_stream_is_spliced_where_it_may_be(string splice, bool expected)
    {
        using TemporaryFolder folder = new();
        string trace = folder.File("trace.json");
        using EchoServerProcess server = EchoServerProcess.Start(
            OftenSpliced, $"--splice={splice}", $"--trace-file={trace}");
        using (EchoClient client = server.Connect())
            client.AssertEchoesThroughout(Tools.RandomBytes(64 << 20));
        server.AwaitStatistics("connections", 0);
        server.Stop();
        Assert.Equal(
            expected, File.ReadAllText(trace).Contains("splice out", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--read-size=1000")]
    [InlineData("--max-memory=0")]
    [InlineData("--strategy=rearm")]
    public void A_stream_is_not_spliced_where_something_else_was_asked_for(string option)
    {
        using TemporaryFolder folder = new();
        string trace = folder.File("trace.json");
        using EchoServerProcess server = EchoServerProcess.Start(option, $"--trace-file={trace}");
        using (EchoClient client = server.Connect())
            client.AssertEchoesThroughout(Tools.RandomBytes(8 << 20));
        server.AwaitStatistics("connections", 0);
        server.Stop();
        Assert.DoesNotContain("splice", File.ReadAllText(trace));
    }

    [Fact]
    public void Bytes_in_a_pipe_wait_for_a_slow_reader_and_nothing_is_lost()
    {
        byte[] bytes = Tools.RandomBytes(64 << 20);
        using EchoServerProcess server = EchoServerProcess.Start(OftenSpliced);
        EchoClient[] clients = [.. Enumerable.Range(0, 4).Select(_ => server.Connect())];
        int[] sent = [.. clients.Select(client => client.SendUntilBlocked(server, bytes))];
        using (EchoClient other = server.Connect()) other.AssertEchoes([1, 2, 3]);
        for (int i = 0; i < clients.Length; i++)
        {
            clients[i].EndSending();
            clients[i].AssertReceivesThenEnd(bytes.AsSpan(0, sent[i]));
            clients[i].Dispose();
        }
        server.AwaitStatistics("connections", 0);
        server.Stop();
    }

    [Fact]
    public void A_reset_with_bytes_in_a_pipe_leaves_no_descriptor_behind()
    {
        byte[] bytes = Tools.RandomBytes(16 << 20);
        using EchoServerProcess server = EchoServerProcess.Start(OftenSpliced);
        int before = Descriptors(server);
        int most = 0;
        for (int i = 0; i < 5; i++)
        {
            EchoClient[] clients = [.. Enumerable.Range(0, 4).Select(_ => server.Connect())];
            foreach (EchoClient client in clients) client.SendUntilBlocked(server, bytes);
            most = int.Max(most, Descriptors(server));
            foreach (EchoClient client in clients) client.Reset();
            server.AwaitStatistics("connections", 0);
        }
        // Sockets, and two ends of a pipe for at least one of them.
        Assert.InRange(most, before + 4 + 2, before + 4 + (4 * 2));
        // Four empty pipes at the most are kept for the next streams.
        Assert.InRange(Descriptors(server), before, before + (4 * 2));
        server.Stop();
    }

    [Fact]
    public void Without_descriptors_for_a_pipe_recv_and_send_go_on()
    {
        byte[] bytes = Tools.RandomBytes(16 << 20);
        using EchoServerProcess server = EchoServerProcess.StartInShell(
            ServerModes.Default, "ulimit -n 16; exec \"$@\"", OftenSpliced);
        // As many idle connections as leave room for one that streams, and for no pipe.
        int free = 16 - Descriptors(server);
        EchoClient[] idle = [.. Enumerable.Range(0, free - 1).Select(_ => server.Connect())];
        using (EchoClient client = server.Connect()) client.AssertEchoesThroughout(bytes);
        foreach (EchoClient client in idle)
        {
            client.AssertEchoes([7]);
            client.Dispose();
        }
        server.AwaitStatistics("connections", 0);
        server.Stop();
    }

    [Fact]
    public void A_new_connection_gets_the_descriptors_of_a_pipe_that_nobody_uses()
    {
        using EchoServerProcess server = EchoServerProcess.StartInShell(
            ServerModes.Default, "ulimit -n 24; exec \"$@\"", OftenSpliced);
        int before = Descriptors(server);
        using (EchoClient client = server.Connect())
            client.AssertEchoesThroughout(Tools.RandomBytes(16 << 20));
        server.AwaitStatistics("connections", 0);
        Assert.Equal(before + 2, Descriptors(server));
        int count = 24 - server.DescriptorsBelow(24) + 2; // all that are left, and the pipe's
        EchoClient[] clients = [.. Enumerable.Range(0, count).Select(_ => server.Connect())];
        foreach (EchoClient client in clients) client.AssertEchoes([7]);
        Assert.Equal(before + count, Descriptors(server));
        foreach (EchoClient client in clients) client.Dispose();
        server.AwaitStatistics("connections", 0);
        server.Stop(); // accepting has never been paused
    }

    [Theory]
    [InlineData("--buffer=64K")]
    [InlineData("--buffer=256K")]
    public void A_new_connection_gets_the_descriptors_of_a_pipe_whose_reader_waits(string buffer)
    {
        byte[] bytes = Tools.RandomBytes(64 << 20);
        using EchoServerProcess server = EchoServerProcess.StartInShell(
            ServerModes.Default, "ulimit -n 32; exec \"$@\"", buffer);
        int count = 32 - server.DescriptorsBelow(32); // connections
        EchoClient[] stuck = [.. Enumerable.Range(0, 5).Select(_ => server.Connect())];
        int[] sent = [.. stuck.Select(client => client.SendUntilBlocked(server, bytes))];
        Assert.InRange(server.DescriptorsBelow(32), 32 - count + stuck.Length + 2, 32);
        EchoClient[] others = [
            .. Enumerable.Range(0, count - stuck.Length).Select(_ => server.Connect())];
        foreach (EchoClient client in others) client.AssertEchoes([7]);
        foreach (EchoClient client in others) client.Dispose();
        for (int i = 0; i < stuck.Length; i++)
        {
            stuck[i].EndSending();
            stuck[i].AssertReceivesThenEnd(bytes.AsSpan(0, sent[i]));
            stuck[i].Dispose();
        }
        server.AwaitStatistics("connections", 0);
        Assert.True(server.Stop()["bytes_spilled"] > 0);
    }

    private static int Descriptors(EchoServerProcess server) =>
        server.DescriptorsBelow(int.MaxValue);
}
