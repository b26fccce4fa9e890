// Every byte comes back, in order, and then the end: the server's one promise.
using System;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Threading;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class EchoTests
{
    private const int BufferBytes = 256 << 10; // the default of --buffer

    public static IEnumerable<object[]> Configurations => BulkTests.Configurations;

    [Theory, InModes(ServerModes.All, Rows = nameof(Configurations))]
    public void Echoes_and_ends_after_half_close_at_every_size(ServerModes mode, string options)
    {
        using EchoServerProcess server = Start(mode, options);
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

    [Theory, InModes(ServerModes.All)]
    [Row(3, 3, "")]
    [Row(3, 3, "--max-memory=0")]
    [Row(300 << 10, 100 << 10, "")]
    [Row(300 << 10, 100 << 10, "--max-memory=0")]
    public void Urgent_data_comes_back_in_its_place_and_what_follows_it_is_not_left(
        ServerModes mode, int before, int after, string options)
    {
        byte[] bytes = Tools.RandomBytes(8 << 20); // of which the first widen the window
        int urgent = bytes.Length - after - 1;
        int late = urgent - before;
        using EchoServerProcess server = Start(mode, options);
        foreach (bool ends in new[] { false, true })
        {
            using EchoClient client = server.Connect();
            BackgroundWork receiver = BackgroundWork.Start(() => client.Receive(late));
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

    [Theory, InModes(ServerModes.All)]
    public void Data_and_end_in_one_burst_come_back_each_time(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode);
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

    [Theory, InModes(ServerModes.All)]
    public void Conversations_go_to_and_fro_as_often_as_one_likes(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode);
        using (EchoClient client = server.Connect())
            for (int i = 0; i < 2000; i++) client.AssertEchoes(Tools.RandomBytes(1 + (i % 97), i));
        server.Stop();
    }

    [Theory, InModes(ServerModes.All)]
    public void Single_bytes_of_every_value_come_back(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode);
        using EchoClient client = server.Connect();
        for (int value = 0; value < 256; value++) client.AssertEchoes([(byte)value]);
        client.EndSending();
        client.AssertReceivesThenEnd([]);
        server.Stop();
    }

    [Theory, InModes(ServerModes.All)]
    public void A_fast_stream_does_not_starve_the_others(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode);
        using EchoClient stream = server.Connect();
        byte[] block = Tools.RandomBytes(1 << 20);
        using CancellationTokenSource done = new();
        BackgroundWork reader = BackgroundWork.Start(() => Drain(stream));
        BackgroundWork writer = BackgroundWork.Start(() =>
        {
            while (!done.IsCancellationRequested) stream.Send(block);
            stream.EndSending();
        });
        using (EchoClient other = server.Connect())
            for (int i = 0; i < 200; i++) other.AssertEchoes([1, 2, 3]);
        done.Cancel();
        writer.Join();
        reader.Join();
        server.AwaitStatistics("connections", 0);
        server.Stop();
    }

    [Theory, InModes(ServerModes.All)]
    public void Listens_on_IPv4_and_IPv6_at_once(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode);
        foreach (string host in new[] { "127.0.0.1", "::1" })
        {
            using EchoClient client = EchoClient.Connect(server.Port, host);
            client.AssertEchoes([42]);
        }
        Assert.Equal($"epollecho: listening on [::]:{server.Port}", server.Log[0]);
        server.Stop();
    }

    [Theory, InModes(ServerModes.All)]
    public void Listens_on_several_addresses_with_one_port(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(
            mode, "-b", "127.0.0.1", "-b", "::1", "--bind=127.0.0.2");
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

    [Theory, InModes(ServerModes.All)]
    public void Both_families_can_be_bound_one_by_one(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode, "-b", "0.0.0.0", "-b", "::");
        foreach (string host in new[] { "127.0.0.1", "::1" })
        {
            using EchoClient client = EchoClient.Connect(server.Port, host);
            client.AssertEchoes([42]);
        }
        server.Stop();
    }

    private static EchoServerProcess Start(ServerModes mode, string options) =>
        EchoServerProcess.Start(
            mode, options.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static void Drain(EchoClient client)
    {
        byte[] block = new byte[1 << 20];
        while (client.Socket.Receive(block) > 0) { }
    }
}
