// Ending: gracefully, within the grace, at once, from a terminal that has gone, as often as one
// likes.
using System.Collections.Generic;
using System.Linq;
using System.Net.Sockets;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class SignalTests
{
    public static IEnumerable<object[]> EndingSignals =>
        [[LibC.SIGTERM], [LibC.SIGINT], [LibC.SIGHUP]];

    [Theory, InModes(ServerModes.All, Rows = nameof(EndingSignals))]
    public void A_signal_ends_an_idle_server_at_once_with_0(ServerModes mode, int signal)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode, "--grace=1440m");
        server.Signal(signal);
        server.AwaitStop();
        Assert.Contains("epollecho: stopping: 0 connections open", server.Log);
    }

    [Theory, InModes(ServerModes.All, Rows = nameof(EndingSignals))]
    public void Open_connections_are_served_until_they_end_and_no_new_ones(
        ServerModes mode, int signal)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode, "--grace=1440m");
        using EchoClient client = server.Connect();
        client.AssertEchoes([1]);
        server.Signal(signal);
        server.AwaitLog("stopping: 1 connection open");
        Assert.Throws<SocketException>(server.Connect);
        byte[] bytes = Tools.RandomBytes(2 << 20);
        client.AssertEchoesThroughout(bytes);
        Assert.Equal(bytes.Length + 1, server.AwaitStop()["bytes_out"]);
    }

    [Theory, InModes(ServerModes.All)]
    public void The_grace_runs_out(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode, "--grace=100ms", "-v");
        using EchoClient client = server.Connect();
        client.AssertEchoes([1]);
        server.Signal(LibC.SIGTERM);
        client.AssertReceivesThenEnd([]);
        server.AwaitStop("^epollecho: accepted ", "^epollecho: closed .* shutdown$");
    }

    [Theory, InModes(ServerModes.All)]
    public void A_second_signal_ends_it_at_once(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode, "--grace=1440m");
        using EchoClient client = server.Connect();
        client.AssertEchoes([1]);
        server.Signal(LibC.SIGINT);
        server.AwaitLog("stopping: 1 connection open, up to 86400.000 s of grace");
        server.Signal(LibC.SIGTERM);
        Assert.Equal(0, server.AwaitStop()["connections"]);
    }

    [Theory, InModes(ServerModes.All)]
    public void Connections_that_wait_to_be_accepted_are_served_after_SIGTERM(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode, "--grace=1440m");
        server.Signal(LibC.SIGSTOP);
        using EchoClient client = server.Connect(); // the kernel completes it
        client.Send([1, 2, 3]);
        server.Signal(LibC.SIGTERM);
        server.Signal(LibC.SIGCONT);
        Assert.Equal([1, 2, 3], client.Receive(3));
        client.EndSending();
        client.AssertReceivesThenEnd([]);
        server.AwaitStop();
    }

    [Theory, InModes(ServerModes.All)]
    public void A_connection_that_waits_for_a_descriptor_is_served_after_SIGTERM_if_there_is_one(
        ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode);
        LimitFiles(server, 32);
        int count = 32 - server.DescriptorsBelow(32);
        EchoClient[] clients = [.. Enumerable.Range(0, count + 1).Select(_ => server.Connect())];
        server.AwaitLog("accepting is paused");
        LimitFiles(server, 33);
        server.Signal(LibC.SIGTERM);
        foreach (EchoClient client in clients)
        {
            client.AssertEchoes([1]);
            client.Dispose();
        }
        Assert.Equal(count + 1, server.AwaitStop("warning: accepting is paused")["total"]);
    }

    private static void LimitFiles(EchoServerProcess server, int limit) =>
        Assert.Equal(
            0, Tools.Run("prlimit", $"--pid={server.Pid}", $"--nofile={limit}:").Status);

    [Theory, InModes(ServerModes.All)]
    public void Nohup_keeps_it_from_ending_on_SIGHUP(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.StartInShell(
            mode, "trap '' HUP; exec \"$@\"");
        server.Signal(LibC.SIGHUP);
        using (EchoClient client = server.Connect()) client.AssertEchoes([1]);
        server.AwaitStatistics("connections", 0);
        server.Stop();
    }

    [Theory, InModes(ServerModes.All)]
    public void SIGPIPE_means_nothing(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode);
        server.Signal(LibC.SIGPIPE);
        using (EchoClient client = server.Connect()) client.AssertEchoes([1]);
        server.Stop();
    }

    [Theory, InModes(ServerModes.All)]
    public void Right_after_its_start_line_it_ends_properly_every_time(ServerModes mode)
    {
        for (int i = 0; i < 50; i++)
        {
            using EchoServerProcess server = EchoServerProcess.Start(mode);
            server.Stop();
        }
    }

    [Theory, InModes(ServerModes.All)]
    public void SIGUSR1_prints_statistics_as_often_as_asked(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode);
        using EchoClient client = server.Connect();
        for (int i = 1; i <= 10; i++)
        {
            client.AssertEchoes([1, 2]);
            Dictionary<string, long> now = server.AskStatistics();
            Assert.Equal(1, now["connections"]);
            Assert.Equal(1, now["total"]);
            Assert.Equal(0, now["refused"]);
            Assert.Equal(2 * i, now["bytes_in"]);
            Assert.Equal(2 * i, now["bytes_out"]);
            Assert.Equal(0, now["gc_allocated_bytes"]);
        }
        client.Dispose();
        server.Stop();
    }
}
