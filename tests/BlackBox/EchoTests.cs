// Every byte comes back, in order, and then the end: the server's one promise.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class EchoTests
{
    private const int BufferBytes = 256 << 10; // the default of --buffer

    /// <summary>The server as it is, without memory of its own for slow peers, with very small
    /// and very large buffers.</summary>
    public static IEnumerable<TheoryDataRow<string>> Configurations =>
    [
        "", "--max-memory=0", "--max-memory=256k", "--buffer=10", "--buffer=16M",
        "--buffer=1000 --max-memory=4k",
    ];

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Echoes_and_ends_after_half_close_at_every_size(string options)
    {
        using EchoServerProcess server = Start(options);
        byte[] bytes = Tools.RandomBytes(5 << 20);
        int[] sizes =
        [
            0, 1, 9, 10, 11, 1024, 4096, BufferBytes - 1, BufferBytes, BufferBytes + 1,
            2 * BufferBytes, 1 << 20, (1 << 20) + 1, 5 << 20,
        ];
        long total = 0;
        foreach (int size in sizes)
        {
            using EchoClient client = server.Connect();
            client.AssertEchoesThroughout(bytes[..size]);
            total += size;
        }
        server.AwaitStatistics("connections", 0);
        Dictionary<string, long> statistics = server.Stop();
        Assert.Equal(sizes.Length, statistics["total"]);
        Assert.Equal(total, statistics["bytes_in"]);
        Assert.Equal(total, statistics["bytes_out"]);
        Assert.Equal(0, statistics["gc_allocated_bytes"]);
        Assert.Equal(0, statistics["gc_collections"]);
    }

    [Theory]
    [InlineData(3, 3, "")]
    [InlineData(3, 3, "--max-memory=0")]
    [InlineData(300 << 10, 100 << 10, "")]
    [InlineData(300 << 10, 100 << 10, "--max-memory=0")]
    public void Urgent_data_comes_back_in_its_place_and_what_follows_it_is_not_left(
        int before, int after, string options)
    {
        byte[] bytes = Tools.RandomBytes(8 << 20); // of which the first widen the window
        int urgent = bytes.Length - after - 1;
        int late = urgent - before;
        using EchoServerProcess server = Start(options);
        foreach (bool ends in new[] { false, true })
        {
            using EchoClient client = server.Connect();
            Thread receiver = new(() => client.Receive(late));
            receiver.Start();
            client.Send(bytes.AsSpan(0, late));
            receiver.Join();
            server.Signal(LibC.SIGSTOP); // all of it is there when it looks
            client.Send(bytes.AsSpan(late, before));
            Assert.Equal(1, client.Socket.Send(bytes.AsSpan(urgent, 1), SocketFlags.OutOfBand));
            client.Send(bytes.AsSpan(urgent + 1));
            if (ends) client.EndSending();
            server.Signal(LibC.SIGCONT);
            Assert.True(
                client.Receive(bytes.Length - late).AsSpan().SequenceEqual(bytes.AsSpan(late)));
            if (!ends) client.EndSending();
            client.AssertReceivesThenEnd([]);
        }
        server.AwaitStatistics("connections", 0);
        server.Stop();
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Echoes_to_a_client_that_reads_only_when_it_can_send_no_more(string options)
    {
        using EchoServerProcess server = Start(options);
        byte[] bytes = Tools.RandomBytes(64 << 20);
        foreach (int size in new[] { 0, 1, 100_000, 1 << 20, 64 << 20 })
        {
            using EchoClient client = EchoClient.Connect(server.Port, receiveBuffer: 8192);
            int sent = client.SendUntilBlocked(bytes.AsSpan(0, size));
            client.EndSending();
            client.AssertReceivesThenEnd(bytes.AsSpan(0, sent));
        }
        server.AwaitStatistics("connections", 0);
        server.Stop();
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public void Echoes_64_MB_while_the_client_sends_and_reads(string options)
    {
        if (options.StartsWith("--buffer=10", StringComparison.Ordinal)) return; // 5 MB above
        using EchoServerProcess server = Start(options);
        using EchoClient client = server.Connect();
        client.AssertEchoesThroughout(Tools.RandomBytes(64 << 20));
        server.Stop();
    }

    [Fact]
    public void Data_and_end_in_one_burst_come_back_each_time()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        byte[] bytes = Tools.RandomBytes(3000);
        for (int i = 0; i < 500; i++)
        {
            using EchoClient client = server.Connect();
            client.Send(bytes);
            client.EndSending();
            client.AssertReceivesThenEnd(bytes);
        }
        server.AwaitStatistics("connections", 0);
        Assert.Equal(500 * 3000, server.Stop()["bytes_out"]);
    }

    [Fact]
    public void Conversations_go_to_and_fro_as_often_as_one_likes()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        using EchoClient client = server.Connect();
        for (int i = 0; i < 2000; i++) client.AssertEchoes(Tools.RandomBytes(1 + (i % 97), i));
        server.Stop();
    }

    [Fact]
    public void Single_bytes_of_every_value_come_back()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        using EchoClient client = server.Connect();
        for (int value = 0; value < 256; value++) client.AssertEchoes([(byte)value]);
        client.EndSending();
        client.AssertReceivesThenEnd([]);
        server.Stop();
    }

    [Fact]
    public void A_fast_stream_does_not_starve_the_others()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        using EchoClient stream = server.Connect();
        byte[] block = Tools.RandomBytes(1 << 20);
        using CancellationTokenSource done = new();
        Thread reader = new(() => Ignore(() => Drain(stream)));
        Thread writer = new(() => Ignore(() =>
        {
            while (!done.IsCancellationRequested) stream.Send(block);
        }));
        reader.Start();
        writer.Start();
        using EchoClient other = server.Connect();
        for (int i = 0; i < 200; i++) other.AssertEchoes([1, 2, 3]);
        done.Cancel();
        writer.Join();
        stream.EndSending();
        reader.Join();
        server.AwaitStatistics("connections", 1);
        server.Stop("NOTHING ELSE");
    }

    [Fact]
    public void Listens_on_IPv4_and_IPv6_at_once()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        foreach (string host in new[] { "127.0.0.1", "::1" })
        {
            using EchoClient client = EchoClient.Connect(server.Port, host);
            client.AssertEchoes([42]);
        }
        Assert.Equal($"epollecho: listening on [::]:{server.Port}", server.Log[0]);
        server.Stop();
    }

    [Fact]
    public void Listens_on_several_addresses_with_one_port()
    {
        using EchoServerProcess server = EchoServerProcess.Start(
            "-b", "127.0.0.1", "-b", "::1", "--bind=127.0.0.2");
        foreach (string host in new[] { "127.0.0.1", "::1", "127.0.0.2" })
        {
            using EchoClient client = EchoClient.Connect(server.Port, host);
            client.AssertEchoes([42]);
        }
        int port = server.Port;
        Assert.Equal(
            $"epollecho: listening on 127.0.0.1:{port}, [::1]:{port}, 127.0.0.2:{port}",
            server.Log[0]);
        server.Stop();
    }

    [Fact]
    public void Both_families_can_be_bound_one_by_one()
    {
        using EchoServerProcess server = EchoServerProcess.Start("-b", "0.0.0.0", "-b", "::");
        foreach (string host in new[] { "127.0.0.1", "::1" })
        {
            using EchoClient client = EchoClient.Connect(server.Port, host);
            client.AssertEchoes([42]);
        }
        server.Stop();
    }

    private static EchoServerProcess Start(string options) => EchoServerProcess.Start(
        [.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToArray()]);

    private static void Drain(EchoClient client)
    {
        byte[] block = new byte[1 << 20];
        while (client.Socket.Receive(block) > 0) { }
    }

    private static void Ignore(Action action)
    {
        try
        {
            action();
        }
        catch (System.Net.Sockets.SocketException)
        {
            // the stream was cut at the end of the test
        }
    }
}
