// What clients and the machine do to a server. It survives, keeps its memory bounded, and serves
// the others.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class FaultTests
{
    private static readonly byte[] Junk = Tools.RandomBytes(16 << 20);

    [Theory]
    [InlineData("--max-memory=4M")]
    [InlineData("--max-memory=0")]
    public void Peers_that_do_not_read_cost_bounded_memory_and_lose_nothing(string option)
    {
        const int count = 150;
        using EchoServerProcess server = EchoServerProcess.Start(option, "--buffer=64k");
        List<(EchoClient Client, int Sent)> slow = [];
        try
        {
            List<EchoClient> clients = [.. Enumerable.Range(0, count).Select(
                _ => EchoClient.Connect(server.Port, receiveBuffer: 4096))];
            int[] sent = new int[count];
            System.Threading.Tasks.Parallel.For(
                0, count, new() { MaxDegreeOfParallelism = 64 },
                i => sent[i] = clients[i].SendUntilBlocked(Junk));
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
        if (ServerMode.IsEager)
            Assert.Equal(option == "--max-memory=0", statistics["bytes_spilled"] == 0);
        Assert.Equal(0, statistics["gc_allocated_bytes"]);
    }

    [Fact]
    public void A_peer_that_never_reads_and_resets_leaves_nothing_behind()
    {
        using EchoServerProcess server = EchoServerProcess.Start("-v");
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

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public void Resets_at_any_point_are_survived(int bytesBefore)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
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

    [Fact]
    public void Full_descriptor_table_pauses_accepting_without_spinning_and_resumes()
    {
        using EchoServerProcess server = EchoServerProcess.StartInShell(
            "ulimit -n 32; exec \"$@\"");
        List<EchoClient> clients = [];
        for (int i = 0; i < 60; i++) clients.Add(server.Connect());
        server.AwaitLog("accepting is paused .*Too many open files \\(EMFILE\\)");
        Dictionary<string, long> full = server.AskStatistics();
        Assert.InRange(full["connections"], 16, 31);

        // Those that are in are served, and the loop sleeps in between: a spinning one would
        // come to hundreds of thousands of switches or calls here.
        long callsBefore = ContextSwitches(server.Pid);
        long cpuBefore = CpuTicks(server.Pid);
        Thread.Sleep(1000);
        Assert.InRange(ContextSwitches(server.Pid) - callsBefore, 0, 100);
        Assert.InRange(CpuTicks(server.Pid) - cpuBefore, 0, 20); // of 100 in a second
        clients[0].AssertEchoes([1, 2, 3]);

        // All others get in as the first ones leave.
        foreach (EchoClient client in clients)
        {
            client.AssertEchoes([4, 5, 6]);
            client.Dispose();
        }
        server.AwaitStatistics("connections", 0);
        Assert.Equal(60, server.Stop("warning: accepting is paused")["total"]);
    }

    [Fact]
    public void Descriptors_that_are_just_enough_pause_nothing()
    {
        using EchoServerProcess server = EchoServerProcess.StartInShell(
            "ulimit -n 32; exec \"$@\"");
        int count = 32 - server.DescriptorsBelow(32);
        EchoClient[] clients = [.. Enumerable.Range(0, count).Select(_ => server.Connect())];
        foreach (EchoClient client in clients) client.AssertEchoes([1, 2, 3]);
        Assert.Equal(32, server.DescriptorsBelow(32));
        foreach (EchoClient client in clients) client.Dispose();
        server.AwaitStatistics("connections", 0);
        Assert.Equal(count, server.Stop()["total"]);
    }

    [Theory]
    [InlineData("ENFILE")]
    [InlineData("ENOBUFS")]
    [InlineData("ENOMEM")]
    [InlineData("ECONNABORTED")]
    [InlineData("EPROTO")]
    [InlineData("EPERM")]
    public void Errors_of_accept_are_survived(string error)
    {
        Tools.Require("strace", "strace");
        bool isShortage = error is "ENFILE" or "ENOBUFS" or "ENOMEM";
        using EchoServerProcess server = EchoServerProcess.StartAsChildOf(
            ["strace", "-f", "-o", "/dev/null", "-e", $"inject=accept4:error={error}:when=1..3"],
            []);
        for (int i = 0; i < 5; i++)
        {
            using EchoClient client = server.Connect();
            client.AssertEchoes([1, 2, 3]);
        }
        Assert.Equal(isShortage, server.Log.Any(
            line => line.Contains(error + ")", StringComparison.Ordinal)));
        Assert.Equal(5, server.Stop("warning: accepting is paused")["total"]);
    }

    [Fact]
    public void Accept_that_always_fails_does_not_make_it_spin()
    {
        Tools.Require("strace", "strace");
        string calls = Path.Combine(Tools.NewFolder(), "calls");
        using EchoServerProcess server = EchoServerProcess.StartAsChildOf(
            ["strace", "-f", "-o", calls, "-e", "trace=accept4,epoll_wait",
                "-e", "inject=accept4:error=EPERM"], []);
        using EchoClient client = server.Connect();
        server.AwaitLog("warning: accepting is paused .*\\(EPERM\\)");
        Thread.Sleep(1000);
        server.Signal(LibC.SIGKILL);
        server.WaitForExit();
        // At most 64 tries, ten times a second; without the pause it would be tens of thousands.
        Assert.InRange(File.ReadLines(calls).Count(), 64, 3000);
    }

    [Fact]
    public void A_connection_that_cannot_be_watched_is_refused_and_the_next_one_served()
    {
        if (!ServerMode.IsEpoll) return; // only epoll_ctl can fail so
        Tools.Require("strace", "strace");
        // The first two epoll_ctl calls are those for the signals and the listener.
        using EchoServerProcess server = EchoServerProcess.StartAsChildOf(
            ["strace", "-f", "-o", "/dev/null", "-e", "inject=epoll_ctl:error=ENOSPC:when=3"], []);
        using (EchoClient refused = server.Connect()) refused.AssertReceivesThenEnd([]);
        using (EchoClient client = server.Connect()) client.AssertEchoes([1]);
        server.AwaitStatistics("connections", 0);
        Dictionary<string, long> statistics = server.Stop(
            "warning: a connection was refused, .*\\(ENOSPC\\)");
        Assert.Equal(1, statistics["refused"]);
        Assert.Equal(1, statistics["total"]);
    }

    [Fact]
    public void Where_IPv6_is_off_it_listens_on_IPv4_and_says_nothing_of_it()
    {
        Tools.Require("strace", "strace");
        using EchoServerProcess server = EchoServerProcess.StartAsChildOf(
            ["strace", "-f", "-o", "/dev/null",
                "-e", "inject=socket:error=EAFNOSUPPORT:when=1"], []);
        Assert.Equal($"epollecho: listening on 0.0.0.0:{server.Port}", Assert.Single(server.Log));
        using (EchoClient client = server.Connect()) client.AssertEchoes([1]);
        server.Stop();
    }

    [Fact]
    public void Connections_over_the_limit_are_closed_at_once_and_counted()
    {
        using EchoServerProcess server = EchoServerProcess.Start("--max-connections=3", "-v");
        List<EchoClient> clients = [server.Connect(), server.Connect(), server.Connect()];
        foreach (EchoClient client in clients) client.AssertEchoes([1]);
        using (EchoClient refused = server.Connect()) refused.AssertReceivesThenEnd([]);
        clients[0].Dispose();
        server.AwaitStatistics("connections", 2);
        using (EchoClient client = server.Connect()) client.AssertEchoes([2]);
        foreach (EchoClient client in clients) client.Dispose();
        server.AwaitStatistics("connections", 0);
        Assert.Contains(server.Log, line => line.EndsWith(", limit", StringComparison.Ordinal));
        Dictionary<string, long> statistics = server.Stop("^epollecho: (accepted|closed) ");
        Assert.Equal(1, statistics["refused"]);
        Assert.Equal(4, statistics["total"]);
    }

    [Fact]
    public void A_flood_of_connections_that_come_and_go_is_survived()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        const int count = 5000;
        for (int i = 0; i < count; i++)
        {
            EchoClient client = server.Connect();
            if (i % 3 == 0) client.Send([1, 2, 3]);
            if (i % 2 == 0) client.Reset();
            else client.Dispose();
        }
        using (EchoClient client = server.Connect()) client.AssertEchoes([1]);
        server.AwaitStatistics("connections", 0);
        server.Stop();
    }

    [Fact]
    public void Fifteen_thousand_connections_are_open_at_once_and_served()
    {
        if (ServerMode.IsSelect) return; // PollerTests has its limit
        const int count = 15_000;
        Tools.Need(OpenFileLimit() >= count + 1000, $"needs ulimit -n of {count + 1000}");
        using EchoServerProcess server = EchoServerProcess.Start();
        long before = server.AnonymousBytes();
        List<Socket> sockets = [];
        try
        {
            for (int i = 0; i < count; i++) sockets.Add(server.Connect().Socket);
            server.AwaitStatistics("connections", count);
            // 64 B, and with poll 20 B of its own.
            Assert.InRange(server.AnonymousBytes() - before, 0, count * (ServerMode.IsEpoll ? 72 : 96));
            byte[] bytes = [1, 2, 3, 4];
            foreach (Socket socket in sockets) new EchoClient(socket).Send(bytes);
            foreach (Socket socket in sockets)
                Assert.Equal(bytes, new EchoClient(socket).Receive(bytes.Length));
        }
        finally
        {
            foreach (Socket socket in sockets) new EchoClient(socket).Reset(); // no TIME_WAIT
        }
        server.AwaitStatistics("connections", 0);
        Dictionary<string, long> statistics = server.Stop();
        Assert.Equal(count, statistics["total"]);
        Assert.Equal(count * 4, statistics["bytes_out"]);
        Assert.Equal(0, statistics["gc_allocated_bytes"]);
    }

    [Fact]
    public void Little_address_space_means_smaller_tables_not_failure()
    {
        // In KB: what the runtime reserves for itself, and little more.
        using EchoServerProcess server = EchoServerProcess.StartInShell(
            "ulimit -v 300000; exec \"$@\"", "--max-memory=4G", "--max-connections=4194304");
        List<(EchoClient Client, int Sent)> slow = [];
        for (int i = 0; i < 20; i++)
        {
            EchoClient client = EchoClient.Connect(server.Port, receiveBuffer: 4096);
            slow.Add((client, client.SendUntilBlocked(Junk)));
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

    private static int OpenFileLimit()
    {
        string line = File.ReadLines("/proc/self/limits").First(
            text => text.StartsWith("Max open files", StringComparison.Ordinal));
        return int.Parse(
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3],
            System.Globalization.CultureInfo.InvariantCulture);
    }

    private static long ContextSwitches(int pid) => File.ReadLines($"/proc/{pid}/status")
        .Where(line => line.Contains("ctxt_switches", StringComparison.Ordinal))
        .Sum(line => long.Parse(
            line.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture));

    // utime + stime of proc(5), in clock ticks.
    private static long CpuTicks(int pid)
    {
        string status = File.ReadAllText($"/proc/{pid}/stat");
        string[] fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
        return fields[11..13].Sum(
            text => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
    }
}
