// epollecho ping: what it prints, what it makes of a server that misbehaves, and its exit status,
// which is a health check.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class PingTests
{
    [Fact]
    public void Ping_prints_a_line_a_round_trip_and_a_summary()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        string[] lines = RunWell("-c3", "-i0", $":{server.Port}").Split('\n');
        Assert.Equal($"PING 127.0.0.1 (127.0.0.1:{server.Port}): 64 bytes of data", lines[0]);
        for (int i = 1; i <= 3; i++)
        {
            Assert.Matches(
                $@"^64 bytes from 127\.0\.0\.1:{server.Port}: seq={i} time=\d+\.\d{{3}} ms$",
                lines[i]);
        }
        Assert.Equal("--- 127.0.0.1 ping statistics ---", lines[4]);
        Assert.Matches(@"^3 sent, 3 received, 0% loss, time \d+\.\d{3} s$", lines[5]);
        const string ms = @"\d+\.\d{3}";
        Assert.Matches(
            $"^round trip min/avg/max/mdev = {ms}/{ms}/{ms}/{ms} ms, p50/p99 = {ms}/{ms} ms$",
            lines[6]);
        Assert.Equal([""], lines[7..]);
        Dictionary<string, long> statistics = server.Stop();
        Assert.Equal(1, statistics["total"]);
        Assert.Equal(3 * 64, statistics["bytes_out"]);
    }

    [Fact]
    public void Quiet_prints_the_summary_only()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        string output = RunWell("-q", "-c1", "-W60", $"127.0.0.1:{server.Port}");
        Assert.StartsWith("--- 127.0.0.1 ping statistics ---\n1 sent, 1 received", output);
        server.Stop();
    }

    [Theory]
    [InlineData("1")]
    [InlineData("7")]
    [InlineData("1k")]
    [InlineData("16M")]
    public void Any_size_comes_back(string size)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        JsonElement json = Json(RunWell("--json", "-c4", "-i0", "-s", size, $":{server.Port}"));
        Assert.Equal(4, json.GetProperty("received").GetInt32());
        server.Stop();
    }

    [Fact]
    public void Json_has_all_of_the_summary()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        JsonElement json = Json(RunWell("--json", "-c9", "-i0", $"localhost:{server.Port}"));
        Assert.Equal("localhost", json.GetProperty("host").GetString());
        Assert.Equal(server.Port, json.GetProperty("port").GetInt32());
        Assert.EndsWith($":{server.Port}", json.GetProperty("address").GetString());
        Assert.Equal(9, json.GetProperty("sent").GetInt32());
        Assert.Equal(9, json.GetProperty("received").GetInt32());
        JsonElement times = json.GetProperty("round_trip_ns");
        Assert.Equal(9, times.GetProperty("count").GetInt32());
        string[] names =
            ["min", "p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99", "max"];
        long[] ascending = [.. names.Select(name => times.GetProperty(name).GetInt64())];
        Assert.True(ascending[0] > 0);
        Assert.Equal(ascending.Order(), ascending);
        Assert.InRange(times.GetProperty("mean").GetInt64(), ascending[0], ascending[^1]);
        Assert.Equal(
            ["TIMEOUT", "REFUSED", "DNS", "RESET", "MISMATCH", "LIMIT", "OTHER"],
            json.GetProperty("failures").EnumerateObject().Select(failure => failure.Name));
        Assert.All(json.GetProperty("failures").EnumerateObject(),
            failure => Assert.Equal(0, failure.Value.GetInt32()));
        Assert.Equal(JsonValueKind.Null, json.GetProperty("last_failure").ValueKind);
        server.Stop();
    }

    [Fact]
    public void Json_tells_of_a_failure()
    {
        Finished finished = Ping("--json", "-c2", "-i0", "255.255.255.255");
        JsonElement json = Json(finished.Output);
        Assert.Equal(2, json.GetProperty("sent").GetInt32());
        Assert.Equal(0, json.GetProperty("received").GetInt32());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("round_trip_ns").ValueKind);
        Assert.Equal(2, json.GetProperty("failures").GetProperty("OTHER").GetInt32());
        string last = json.GetProperty("last_failure").GetString()!;
        Assert.StartsWith("OTHER seq=2: ", last);
        Assert.EndsWith($"\n{last}\n", finished.Error);
        Assert.Equal(1, finished.Status);
    }

    [Fact]
    public void Json_tells_of_a_name_that_does_not_resolve()
    {
        Finished finished = Ping("--json", "nobody.invalid");
        JsonElement json = Json(finished.Output);
        Assert.Equal(0, json.GetProperty("sent").GetInt32());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("address").ValueKind);
        Assert.Equal(1, json.GetProperty("failures").GetProperty("DNS").GetInt32());
        Assert.Equal(json.GetProperty("last_failure").GetString() + "\n", finished.Error);
        Assert.Equal(1, finished.Status);
    }

    [Theory]
    [InlineData("[::1]")]
    [InlineData("-6", "[::1]")]
    [InlineData("-4", "localhost")]
    public void Either_family_is_pinged(params string[] words)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        words[^1] += $":{server.Port}";
        string host = words[0] == "-4" ? "127.0.0.1" : "[::1]";
        Assert.Contains(
            $"\n64 bytes from {host}:{server.Port}: seq=1 time=", RunWell(["-c1", .. words]));
        server.Stop();
    }

    [Fact]
    public void It_follows_the_port_in_the_environment_as_the_server_does()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        Dictionary<string, string> environment = new() { ["EPOLLECHO_PORT"] = $"{server.Port}" };
        Finished finished = Tools.RunWith(
            environment, Tools.Binary, "ping", "-q", "-c1", "-W60", "127.0.0.1");
        Assert.Equal(0, finished.Status);
        server.Stop();
    }

    [Theory]
    [InlineData(2)] // SIGINT
    [InlineData(15)] // SIGTERM
    public void A_signal_ends_it_with_the_summary(int signal)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        using RunningProgram ping = RunningProgram.Start(
            Tools.Binary, "ping", "-i60", $":{server.Port}");
        ping.AwaitOutput("seq=1 ");
        ping.Signal(signal);
        Finished finished = ping.Finish();
        Assert.Equal(0, finished.Status);
        Assert.Contains("\n1 sent, 1 received, 0% loss", finished.Output);
        server.Stop();
    }

    [Fact]
    public void SIGQUIT_tells_how_it_stands_and_nohup_keeps_SIGHUP_off()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        using Process ping = Process.Start(Tools.StartInfo(
            [], "nohup", [Tools.Binary, "ping", "-i60", $":{server.Port}"]))!;
        while (!ping.StandardOutput.ReadLine()!.Contains("seq=1"))
        {
        }
        // Had SIGHUP been taken, nobody would answer the second time.
        Assert.Equal(0, LibC.kill(ping.Id, LibC.SIGHUP));
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(0, LibC.kill(ping.Id, LibC.SIGQUIT));
            const string ms = @"\d+\.\d{3}";
            Assert.Matches(
                $"^1 sent, 1 received, 0% loss, min/avg/max = {ms}/{ms}/{ms} ms$",
                ping.StandardError.ReadLine());
        }
        Assert.Equal(0, LibC.kill(ping.Id, LibC.SIGINT));
        Assert.StartsWith(
            "--- 127.0.0.1 ping statistics ---\n1 sent, 1 received, 0% loss",
            ping.StandardOutput.ReadToEnd());
        Assert.Equal("", ping.StandardError.ReadToEnd());
        ping.WaitForExit();
        Assert.Equal(0, ping.ExitCode);
        server.Stop();
    }

    [Fact]
    public void A_signal_while_a_reply_is_due_counts_it_as_neither()
    {
        using ManualResetEventSlim asked = new();
        using ScriptedServer server = new(client =>
        {
            client.Receive(new byte[64]);
            asked.Set();
            client.Receive(new byte[1]); // until it has gone
        });
        using RunningProgram ping = RunningProgram.Start(
            Tools.Binary, "ping", "-W60s", $":{server.Port}");
        Tools.Eventually(() => asked.IsSet, "a reply is due");
        ping.Signal(LibC.SIGINT);
        Finished finished = ping.Finish();
        Assert.Contains("\n0 sent, 0 received, 0% loss", finished.Output);
        Assert.Equal("", finished.Error);
    }

    [Fact]
    public void A_signal_ends_it_though_each_round_trip_fails_at_once()
    {
        Finished finished = Tools.Run(
            "timeout", "-s", "INT", "0.5", Tools.Binary, "ping", "-q", "-i0", "255.255.255.255");
        Assert.Contains(" sent, 0 received, 100% loss", finished.Output);
        Assert.StartsWith("OTHER seq=", finished.Error);
    }

    [Fact]
    public void Nobody_listening_is_REFUSED()
    {
        using Socket taken = new(SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // and never listens
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        Finished finished = Ping("-c2", "-i0", $":{port}");
        string reason = $"cannot connect to 127.0.0.1:{port}: Connection refused (ECONNREFUSED)";
        Assert.Equal(
            $"REFUSED seq=1: {reason}\nREFUSED seq=2: {reason}\n", finished.Error);
        Assert.Contains("\n2 sent, 0 received, 100% loss", finished.Output);
        Assert.Equal(1, finished.Status);
    }

    [Fact]
    public void An_address_that_cannot_be_reached_is_OTHER()
    {
        // TCP does not connect to the broadcast address, whatever the routes are.
        AssertLoss(
            "OTHER seq=1: cannot connect to 255.255.255.255:7080:"
            + " Network is unreachable (ENETUNREACH)", "-c1", "255.255.255.255");
    }

    [Fact]
    public void A_listener_whose_queue_is_full_is_a_TIMEOUT()
    {
        using Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0); // room for one, and it never accepts
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using EchoClient first = EchoClient.Connect(port);
        AssertLoss(
            $"TIMEOUT seq=1: cannot connect to 127.0.0.1:{port}:"
            + " Connection timed out (ETIMEDOUT)", "-c1", "-W100ms", $":{port}");
    }

    [Fact]
    public void A_server_that_never_answers_is_a_TIMEOUT()
    {
        ScriptedServer? server = null;
        using (server = new ScriptedServer(_ => server!.AwaitEnd()))
        {
            AssertLoss(
                "TIMEOUT seq=1: after 0.100 s 0 of 64 bytes had come back",
                "-c1", "-W100ms", $":{server.Port}");
        }
    }

    [Fact]
    public void A_name_that_does_not_resolve_is_DNS()
    {
        Finished finished = Ping("-q", "-c1", "nobody.invalid");
        Assert.StartsWith("DNS cannot resolve 'nobody.invalid': ", finished.Error);
        Assert.Single(Regex.Matches(finished.Error, "\n"));
        Assert.Equal("", finished.Output);
        Assert.Equal(1, finished.Status);
    }

    [Fact]
    public void A_close_before_the_reply_is_a_RESET()
    {
        using ScriptedServer server = new(client => client.Receive(new byte[64]));
        AssertLoss(
            "RESET seq=1: the server has closed the connection", "-c1", $":{server.Port}");
    }

    [Fact]
    public void A_reset_is_a_RESET()
    {
        using ScriptedServer server = new(client =>
        {
            client.LingerState = new LingerOption(true, 0);
            client.Receive(new byte[64]);
        });
        AssertLoss(
            "RESET seq=1: the connection has failed: Connection reset by peer (ECONNRESET)",
            "-c1", $":{server.Port}");
    }

    [Fact]
    public void A_connection_closed_between_two_round_trips_is_a_RESET()
    {
        using ScriptedServer server = new(client =>
        {
            byte[] bytes = new byte[64];
            client.Receive(bytes);
            // The reply and the end go in one segment: the end is there before the second one.
            client.SetRawSocketOption(LibC.IPPROTO_TCP, LibC.TCP_CORK, BitConverter.GetBytes(1));
            client.Send(bytes);
        });
        Finished finished = Ping("-c2", "-i200ms", $":{server.Port}");
        Assert.Equal(
            "RESET seq=2: the server has closed the connection\n", finished.Error);
        Assert.Contains("\n2 sent, 1 received, 50% loss", finished.Output);
        Assert.Equal(1, finished.Status);
    }

    [Fact]
    public void A_loss_that_is_no_whole_percentage_is_told_with_decimals()
    {
        using ScriptedServer server = new(client =>
        {
            byte[] bytes = new byte[64];
            for (int i = 0; i < 2; i++)
            {
                client.Receive(bytes);
                client.Send(bytes);
            }
        });
        Finished finished = Ping("-c3", "-i0", $":{server.Port}");
        Assert.StartsWith("RESET seq=3: ", finished.Error);
        Assert.Contains("\n3 sent, 2 received, 33.333% loss", finished.Output);
        Assert.Equal(1, finished.Status);
    }

    [Fact]
    public void A_changed_byte_is_a_MISMATCH()
    {
        using ScriptedServer server = new(client =>
        {
            byte[] bytes = new byte[64];
            client.Receive(bytes);
            bytes[17] ^= 1;
            client.Send(bytes);
            client.Receive(bytes);
        });
        Finished finished = Ping("-c1", $":{server.Port}");
        Assert.Matches(
            "^MISMATCH seq=1: byte 17 of 64 has come back as 0x[0-9a-f]+, not 0x[0-9a-f]+\n$",
            finished.Error);
        Assert.Equal(1, finished.Status);
    }

    [Fact]
    public void A_banner_is_a_MISMATCH()
    {
        using ScriptedServer server = new(client =>
        {
            client.Send("220 ready\r\n"u8);
            client.Receive(new byte[1]);
            client.Receive(new byte[1]);
        });
        Finished finished = Ping("-c1", $":{server.Port}");
        Assert.StartsWith("MISMATCH seq=1: ", finished.Error);
        Assert.Equal(1, finished.Status);
    }

    [Fact]
    public void More_than_was_sent_is_a_MISMATCH()
    {
        using ScriptedServer server = new(client =>
        {
            byte[] bytes = new byte[64];
            client.Receive(bytes);
            client.Send([.. bytes, 0]);
            client.Receive(bytes);
        });
        AssertLoss(
            "MISMATCH seq=1: more has come back than was sent", "-c1", $":{server.Port}");
    }

    [Fact]
    public void A_reply_in_pieces_is_whole()
    {
        using ScriptedServer server = new(client =>
        {
            byte[] bytes = new byte[10];
            client.NoDelay = true;
            client.Receive(bytes);
            foreach (byte one in bytes)
            {
                client.Send([one]);
                Thread.Sleep(1);
            }
            client.Receive(bytes);
        });
        RunWell("-c1", "-s10", $":{server.Port}");
    }

    [Fact]
    public void A_late_reply_is_not_taken_for_the_next_one()
    {
        // It answers each connection's first bytes late, so that the reply comes to nobody.
        using ScriptedServer server = new((client, number) =>
        {
            byte[] bytes = new byte[64];
            client.Receive(bytes);
            if (number == 0) client.Receive(new byte[1]); // the end: it has been given up
            client.Send(bytes);
            client.Receive(bytes);
        });
        Finished finished = Ping("-c2", "-i0", "-W2s", $":{server.Port}");
        Assert.Equal(
            "TIMEOUT seq=1: after 2.000 s 0 of 64 bytes had come back\n", finished.Error);
        Assert.Contains(": seq=2 time=", finished.Output);
    }

    [Fact]
    public void A_server_that_comes_back_is_found_again()
    {
        int port;
        using (EchoServerProcess server = EchoServerProcess.Start())
        {
            port = server.Port;
            server.Stop();
        }
        using RunningProgram ping = RunningProgram.Start(
            Tools.Binary, "ping", "-i0.05", $":{port}");
        ping.AwaitError("^REFUSED seq=1: ");
        using RunningProgram second = RunningProgram.Start(Tools.Binary, "-q", "-p", $"{port}");
        ping.AwaitOutput(@": seq=\d+ time=");
        ping.Signal(LibC.SIGINT);
        Assert.Equal(1, ping.Finish().Status); // some were lost
        second.Signal(LibC.SIGTERM);
        Assert.Equal(0, second.Finish().Status);
    }

    [Theory]
    [InlineData(">&-", "Bad file descriptor (EBADF)")]
    [InlineData(">/dev/full", "No space left on device (ENOSPC)")]
    [InlineData("--json >&-", "Bad file descriptor (EBADF)")]
    [InlineData("--quiet >&-", "Bad file descriptor (EBADF)")]
    public void A_stdout_that_does_not_work_is_told(string redirection, string reason)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        Finished finished = Tools.Shell(
            "\"$1\" ping -c1 \":$2\" " + redirection, Tools.Binary, $"{server.Port}");
        Assert.Equal($"epollecho: cannot write to standard output: {reason}\n", finished.Error);
        Assert.Equal(1, finished.Status);
        server.Stop();
    }

    [Theory]
    [InlineData("a number from 1", "-c0")]
    [InlineData("a number from 1", "--count=x")]
    [InlineData("a time from 0 to 1440m", "-i-1")]
    [InlineData("a time from 0 to 1440m", "-i1.x")]
    [InlineData("a time from 0 to 1440m", "-W1h")]
    [InlineData("a size from 1 to 16M", "-s0")]
    [InlineData("a size from 1 to 16M", "-s17M")]
    [InlineData("HOST, HOST:PORT or :PORT", "a:b")]
    [InlineData("one target only", "a", "b")]
    public void Misuse_is_named_with_what_is_allowed(string allowed, params string[] words)
    {
        Finished finished = Ping(words);
        Assert.Equal(64, finished.Status);
        Assert.Contains($"' is not valid; expected {allowed}", finished.Error);
        Assert.EndsWith("try 'epollecho ping --help' for the options\n", finished.Error);
        Assert.Equal("", finished.Output);
    }

    private static Finished Ping(params string[] words) =>
        Tools.Run(Tools.Binary, ["ping", .. words]);

    private static string RunWell(params string[] words)
    {
        Finished finished = Ping(words);
        Assert.Equal("", finished.Error);
        Assert.Equal(0, finished.Status);
        return finished.Output;
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static void AssertLoss(string line, params string[] words)
    {
        Finished finished = Ping(words);
        Assert.Equal(line + "\n", finished.Error);
        Assert.Contains("\n1 sent, 0 received, 100% loss", finished.Output);
        Assert.Equal(1, finished.Status);
    }
}
