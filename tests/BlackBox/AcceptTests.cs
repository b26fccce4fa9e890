// Connections that the server cannot take in, or not yet: no descriptors, errors of accept4 and
// epoll_ctl, the limit, a flood of them. It neither spins nor forgets anybody.
using System;
using System.Collections.Generic;
using System.Linq;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class AcceptTests
{
    [Theory, InModes(ServerModes.All)]
    public void Full_descriptor_table_pauses_accepting_without_spinning_and_resumes(
        ServerModes mode)
    {
        using TemporaryFolder folder = new();
        CallRecord calls = new(folder.File("calls"));
        using EchoServerProcess server = EchoServerProcess.StartAsChildOf(
            mode, ["/bin/sh", "-c", "ulimit -n 32; exec \"$@\"", "sh", .. calls.Wrapper()], []);
        List<EchoClient> clients = [];
        for (int i = 0; i < 60; i++) clients.Add(server.Connect());
        server.AwaitLog("accepting is paused .*Too many open files \\(EMFILE\\)");
        Dictionary<string, long> full = server.AskStatistics();
        Assert.InRange(full["connections"], 16, 31);

        // Those that are in are served, and the loop sleeps in between. It looks again and again
        // whether there is room: the end of the pause, the listener, one accept4.
        clients[0].AssertEchoes([1, 2, 3]);
        foreach (string[] round in calls.AwaitSleeps(5))
        {
            Assert.InRange(round.Count(CallRecord.IsAccept), 1, 2);
            if (mode != ServerModes.BusyPollNoSplice) Assert.InRange(round.Length, 2, 6);
        }

        // All others get in as the first ones leave.
        foreach (EchoClient client in clients)
        {
            client.AssertEchoes([4, 5, 6]);
            client.Dispose();
        }
        server.AwaitStatistics("connections", 0);
        Assert.Equal(60, server.Stop("warning: accepting is paused")["total"]);
    }

    [Theory, InModes(ServerModes.All)]
    public void Descriptors_that_are_just_enough_pause_nothing(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.StartInShell(
            mode, "ulimit -n 32; exec \"$@\"");
        int count = 32 - server.DescriptorsBelow(32);
        EchoClient[] clients = [.. Enumerable.Range(0, count).Select(_ => server.Connect())];
        foreach (EchoClient client in clients) client.AssertEchoes([1, 2, 3]);
        Assert.Equal(32, server.DescriptorsBelow(32));
        foreach (EchoClient client in clients) client.Dispose();
        server.AwaitStatistics("connections", 0);
        Assert.Equal(count, server.Stop()["total"]);
    }

    [Theory, InModes(ServerModes.All)]
    [Row("ENFILE")]
    [Row("ENOBUFS")]
    [Row("ENOMEM")]
    [Row("ECONNABORTED")]
    [Row("EPROTO")]
    [Row("EPERM")]
    public void Errors_of_accept_are_survived(ServerModes mode, string error)
    {
        Tools.Require("strace", "strace");
        bool isShortage = error is "ENFILE" or "ENOBUFS" or "ENOMEM";
        using EchoServerProcess server = EchoServerProcess.StartAsChildOf(
            mode,
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

    [Theory, InModes(ServerModes.All)]
    public void Accept_that_always_fails_does_not_make_it_spin(ServerModes mode)
    {
        using TemporaryFolder folder = new();
        CallRecord calls = new(folder.File("calls"));
        using EchoServerProcess server = EchoServerProcess.StartAsChildOf(
            mode, calls.Wrapper("-e", "inject=accept4:error=EPERM"), []);
        using EchoClient client = server.Connect();
        server.AwaitLog("warning: accepting is paused .*\\(EPERM\\)");
        // At most 64 tries, then it sleeps.
        foreach (string[] round in calls.AwaitSleeps(5))
        {
            Assert.InRange(round.Count(CallRecord.IsAccept), 1, 64);
            if (mode != ServerModes.BusyPollNoSplice) Assert.InRange(round.Length, 2, 70);
        }
        server.Signal(LibC.SIGKILL);
        server.WaitForExit();
    }

    [Theory, InModes(ServerModes.Epoll)] // only epoll_ctl can fail so
    public void A_connection_that_cannot_be_watched_is_refused_and_the_next_one_served(
        ServerModes mode)
    {
        Tools.Require("strace", "strace");
        // The first two epoll_ctl calls are those for the signals and the listener.
        using EchoServerProcess server = EchoServerProcess.StartAsChildOf(
            mode,
            ["strace", "-f", "-o", "/dev/null", "-e", "inject=epoll_ctl:error=ENOSPC:when=3"], []);
        using (EchoClient refused = server.Connect()) refused.AssertReceivesThenEnd([]);
        using (EchoClient client = server.Connect()) client.AssertEchoes([1]);
        server.AwaitStatistics("connections", 0);
        Dictionary<string, long> statistics = server.Stop(
            "warning: a connection was refused, .*\\(ENOSPC\\)");
        Assert.Equal(1, statistics["refused"]);
        Assert.Equal(1, statistics["total"]);
    }

    [Theory, InModes(ServerModes.All)]
    public void Where_IPv6_is_off_it_listens_on_IPv4_and_says_nothing_of_it(ServerModes mode)
    {
        Tools.Require("strace", "strace");
        using EchoServerProcess server = EchoServerProcess.StartAsChildOf(
            mode, ["strace", "-f", "-o", "/dev/null",
                "-e", "inject=socket:error=EAFNOSUPPORT:when=1"], []);
        Assert.Equal($"epollecho: listening on 0.0.0.0:{server.Port}", Assert.Single(server.Log));
        using (EchoClient client = server.Connect()) client.AssertEchoes([1]);
        server.Stop();
    }

    [Theory, InModes(ServerModes.All)]
    public void Connections_over_the_limit_are_closed_at_once_and_counted(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode, "--max-connections=3", "-v");
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

    [Theory, InModes(ServerModes.All)]
    public void A_flood_of_connections_that_come_and_go_is_survived(ServerModes mode)
    {
        using EchoServerProcess server = EchoServerProcess.Start(mode);
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
}
