// The log: what it says at which level, and that it never gets in the way.
using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class LogTests
{
    [Fact]
    public void By_default_only_start_and_stop_are_logged()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        using (EchoClient client = server.Connect()) client.AssertEchoes([1]);
        server.Stop();
        Assert.Equal(3, server.Log.Count);
        Assert.StartsWith("epollecho: listening on ", server.Log[0]);
        Assert.StartsWith("epollecho: stopping: ", server.Log[1]);
        Assert.StartsWith("epollecho: statistics: ", server.Log[2]);
    }

    [Fact]
    public void Verbose_logs_each_connection_that_sends_and_why_it_ended()
    {
        using EchoServerProcess server = EchoServerProcess.Start("-v");
        using (EchoClient probe = server.Connect()) probe.EndSending();
        server.AwaitStatistics("total", 1);
        int port;
        using (EchoClient client = server.Connect())
        {
            port = ((System.Net.IPEndPoint)client.Socket.LocalEndPoint!).Port;
            client.AssertEchoesThroughout([1, 2, 3]);
        }
        server.AwaitStatistics("connections", 0);
        string[] lines = [.. server.Log.Where(IsAboutConnection)];
        Assert.Equal(2, lines.Length);
        Assert.Matches($@"^epollecho: accepted 127\.0\.0\.1:{port} fd \d+$", lines[0]);
        Assert.Matches(
            $@"^epollecho: closed 127\.0\.0\.1:{port} fd \d+, in 3 B, out 3 B, \d+\.\d\d\d s, eof$",
            lines[1]);
        server.Stop("^epollecho: (accepted|closed) ");
    }

    [Fact]
    public void Twice_verbose_logs_probes_too()
    {
        using EchoServerProcess server = EchoServerProcess.Start("-vv");
        using (EchoClient probe = EchoClient.Connect(server.Port, "::1")) probe.EndSending();
        server.AwaitLog(@"accepted \[::1\]:\d+ fd \d+$");
        server.AwaitLog(@"closed \[::1\]:\d+ fd \d+, in 0 B, out 0 B, .* eof$");
        server.Stop("^epollecho: (accepted|closed) ");
    }

    [Fact]
    public void Quiet_logs_nothing_but_what_is_asked_for()
    {
        using TemporaryFolder folder = new();
        string portFile = folder.File("port");
        Finished finished = Tools.Shell(
            "\"$1\" -q -p0 --port-file=\"$2\" & pid=$!; until [ -s \"$2\" ]; do sleep 0.01; done;"
            + " cat \"$2\"; kill $pid; wait $pid",
            Tools.Binary, portFile);
        Assert.Equal(0, finished.Status);
        Assert.Empty(finished.Error);
        Assert.Matches(@"^\d+\n$", finished.Output);
    }

    [Theory]
    [InlineData("exec \"$@\" >&-")]
    [InlineData("exec \"$@\" 2>&-")]
    [InlineData("exec \"$@\" <&- >&- 2>&-")]
    [InlineData("exec \"$@\" >/dev/full 2>/dev/full")]
    public void Closed_and_full_standard_streams_do_not_matter(string script)
    {
        using TemporaryFolder folder = new();
        string portFile = folder.File("port");
        using Process process = Process.Start(Tools.StartInfo([], "/bin/sh", [
            "-c", script, "sh", Tools.Binary, "-vv", "-p0", $"--port-file={portFile}"]))!;
        AssertServesAndEnds(process, portFile);
    }

    [Fact]
    public void A_pipe_whose_reader_has_gone_does_not_matter()
    {
        using TemporaryFolder folder = new();
        string portFile = folder.File("port");
        using Process process = Process.Start(Tools.StartInfo(
            [], Tools.Binary, ["-vv", "-p0", $"--port-file={portFile}"]))!;
        process.StandardError.Close();
        process.StandardOutput.Close();
        AssertServesAndEnds(process, portFile);
    }

    [Fact]
    public void A_pipe_that_nobody_reads_never_stops_the_server()
    {
        using TemporaryFolder folder = new();
        string portFile = folder.File("port");
        using Process process = Process.Start(Tools.StartInfo(
            [], Tools.Binary, ["-vv", "-p0", $"--port-file={portFile}"]))!;
        try
        {
            int port = AwaitPort(portFile);
            // Two lines a connection, of about 60 B: more than the 64 KB that a pipe holds.
            for (int i = 0; i < 2000; i++)
            {
                using EchoClient client = EchoClient.Connect(port);
                client.AssertEchoes([1]);
            }
            // Only now is it read: what was dropped is told.
            StringWriter log = new();
            BackgroundWork reader = BackgroundWork.Start(
                () => log.Write(process.StandardError.ReadToEnd()));
            Assert.Equal(0, LibC.kill((pid_t)process.Id, LibC.SIGTERM));
            Assert.True(process.WaitForExit(Tools.Patience));
            Assert.Equal(0, process.ExitCode);
            reader.Join();
            string[] lines = log.ToString().TrimEnd('\n').Split('\n');
            Assert.All(lines, line => Assert.StartsWith("epollecho: ", line));
            Assert.InRange(lines.Length, 200, 3900);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [Fact]
    public void A_terminal_that_is_not_read_never_stops_the_server()
    {
        Tools.Require("script", "bsdutils");
        using TemporaryFolder folder = new();
        string portFile = folder.File("port");
        // script gives the server a terminal, and is stopped: nobody reads it any more.
        using Process terminal = Process.Start(Tools.StartInfo([], "script", [
            "-qfc", $"exec {Tools.Binary} -vv -p0 --port-file={portFile}", "/dev/null"]))!;
        try
        {
            int port = AwaitPort(portFile);
            Assert.Equal(0, LibC.kill((pid_t)terminal.Id, LibC.SIGSTOP));
            for (int i = 0; i < 3000; i++)
            {
                using EchoClient client = EchoClient.Connect(port);
                client.AssertEchoes([1]);
            }
            _ = LibC.kill((pid_t)terminal.Id, LibC.SIGCONT);
        }
        finally
        {
            terminal.Kill(entireProcessTree: true);
        }
    }

    private static int AwaitPort(string portFile)
    {
        Tools.Eventually(() => File.Exists(portFile), "the port file is there");
        return int.Parse(
            File.ReadAllText(portFile), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void AssertServesAndEnds(Process process, string portFile)
    {
        try
        {
            int port = AwaitPort(portFile);
            byte[] bytes = Tools.RandomBytes(200_000);
            for (int i = 0; i < 20; i++)
            {
                using EchoClient client = EchoClient.Connect(port);
                client.AssertEchoesThroughout(bytes);
            }
            Assert.Equal(0, LibC.kill((pid_t)process.Id, LibC.SIGTERM));
            Assert.True(process.WaitForExit(Tools.Patience));
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private static bool IsAboutConnection(string line) =>
        line.StartsWith("epollecho: accepted", StringComparison.Ordinal)
        || line.StartsWith("epollecho: closed", StringComparison.Ordinal);
}
