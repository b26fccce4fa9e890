// epollecho client: as a pipe, at a terminal, and against servers that misbehave.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Epollecho.Tests.Support;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class ClientTests
{
    private const string Failure = "epollecho: ";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(64 << 20)]
    public void A_file_piped_through_comes_back_whole(int size)
    {
        using TemporaryFolder folder = new();
        string file = folder.File("data");
        File.WriteAllBytes(file, Tools.RandomBytes(size));
        using EchoServerProcess server = EchoServerProcess.Start();
        Finished finished = Tools.Shell(
            "\"$1\" client 127.0.0.1:\"$2\" <\"$3\" >\"$3.back\" && cmp \"$3\" \"$3.back\"",
            Tools.Binary, $"{server.Port}", file);
        AssertSilentSuccess(finished);
        Assert.Equal(size, server.AskStatistics()["bytes_in"]);
        server.Stop();
    }

    [Fact]
    public void A_gigabyte_goes_through_in_bounded_memory()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        // The address space that it has at its start, and 64 MB.
        Finished finished = Tools.Run("bash", "-c",
            "set -o pipefail; bytes() { seq 200000000 2>&- | head -c 1073741824; };"
            + "bytes | (ulimit -v 400000; exec \"$1\" client \":$2\") | cmp - <(bytes)",
            "bash", Tools.Binary, $"{server.Port}");
        Assert.Equal("", finished.Error);
        Assert.Equal(1L << 30, server.Stop()["bytes_out"]);
    }

    [Fact]
    public void A_reader_that_begins_late_gets_all_of_it()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("data");
        File.WriteAllBytes(file, Tools.RandomBytes(32 << 20));
        using EchoServerProcess server = EchoServerProcess.Start();
        AssertSilentSuccess(Tools.Shell(
            "\"$1\" client \":$2\" <\"$3\" | { sleep 0.5; cmp - \"$3\"; }",
            Tools.Binary, $"{server.Port}", file));
        server.Stop();
    }

    [Theory]
    [InlineData("2", "a\nb\nc\n", "a\nb\n")]
    [InlineData("1", "a", "a")]
    [InlineData("3", "\n\n\n\n", "\n\n\n")]
    [InlineData("9", "a\nb", "a\nb")]
    public void Count_is_the_number_of_lines_sent(string count, string input, string output)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        Finished finished = Tools.Shell(
            "printf %s \"$3\" | \"$1\" client -c \"$4\" \":$2\"",
            Tools.Binary, $"{server.Port}", input, count);
        Assert.Equal("", finished.Error);
        Assert.Equal(output, finished.Output);
        server.Stop();
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("[::1]")]
    [InlineData("127.0.0.1")]
    [InlineData("-4", "localhost")]
    [InlineData("-6", "::1", "--port")]
    public void Names_and_addresses_of_both_families_lead_to_the_server(params string[] words)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        List<string> arguments = ["client", .. words];
        if (words[^1] == "--port") arguments.Add($"{server.Port}");
        else arguments[^1] += $":{server.Port}";
        AssertSilentSuccess(Tools.Run(Tools.Binary, [.. arguments]));
        server.Stop();
    }

    [Fact]
    public void The_port_may_come_from_the_environment()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        Dictionary<string, string> environment = new() { ["EPOLLECHO_PORT"] = $"{server.Port}" };
        AssertSilentSuccess(Tools.RunWith(environment, Tools.Binary, "client"));
        server.Stop();
    }

    [Fact]
    public void Names_resolve_where_there_are_only_hosts_and_resolv_conf()
    {
        Tools.RequireRoot();
        using TemporaryFolder root = new();
        Directory.CreateDirectory(root.File("etc"));
        File.Copy(Tools.Binary, root.File("epollecho"));
        File.WriteAllText(root.File("etc/hosts"), "::1 six.test\n127.0.0.1 four.test\n");
        File.WriteAllText(
            root.File("etc/resolv.conf"), "nameserver 127.77.0.1\noptions timeout:5\n");
        using DnsServer names = new(
            IPAddress.Parse("127.77.0.1"), "known", IPAddress.Loopback);
        using EchoServerProcess server = EchoServerProcess.Start();
        foreach (string host in new[] { "four.test", "six.test", "known.test" })
        {
            AssertSilentSuccess(Tools.Run(
                "chroot", root.Path, "/epollecho", "client", $"{host}:{server.Port}"));
        }
        AssertFailure(
            Tools.Run("chroot", root.Path, "/epollecho", "client", "nobody.test"),
            "cannot resolve 'nobody.test': Name or service not known");
        server.Stop();
    }

    [Fact]
    public void The_next_address_is_tried_when_one_refuses()
    {
        Tools.RequireRoot();
        using TemporaryFolder root = new();
        Directory.CreateDirectory(root.File("etc"));
        File.Copy(Tools.Binary, root.File("epollecho"));
        File.WriteAllText(root.File("etc/hosts"), "::1 both\n127.0.0.1 both\n");
        using EchoServerProcess server = EchoServerProcess.Start("-b", "127.0.0.1");
        Finished finished = Tools.Run(
            "chroot", root.Path, "/epollecho", "client", "-v", $"both:{server.Port}");
        Assert.Equal(0, finished.Status);
        Assert.Contains($"connected to 127.0.0.1:{server.Port} from ", finished.Error);
        server.Stop();
    }

    [Fact]
    public void A_terminal_gets_a_prompt_each_reply_and_its_round_trip()
    {
        Tools.Require("script", "bsdutils");
        using EchoServerProcess server = EchoServerProcess.Start();
        using RunningProgram terminal = RunningProgram.Start(
            "script", "-qefc", $"'{Tools.Binary}' client ':{server.Port}'", "/dev/null");
        terminal.AwaitOutput("^> ");
        terminal.Type("hello\nto you\n");
        terminal.AwaitOutput("^7 bytes back in .*\r\n> ");
        terminal.Type("\u0004");
        Finished finished = terminal.Finish();
        Assert.Equal(0, finished.Status);
        string screen = finished.Output.Replace("\r", "", StringComparison.Ordinal);
        Assert.Matches(
            $@"epollecho: connected to 127\.0\.0\.1:{server.Port} from [\d.:]+; end with Ctrl-D\n",
            screen);
        Assert.Matches(@"(?s)> .*hello\n6 bytes back in \d+\.\d{3} ms\n> ", screen);
        Assert.Matches(@"(?s)to you\n7 bytes back in \d+\.\d{3} ms\n> ", screen);
        Assert.Matches(@"\n2 round trips, min/avg/max = [\d.]+/[\d.]+/[\d.]+ ms\n", screen);
        Assert.Equal(13, server.Stop()["bytes_out"]);
    }

    [Fact]
    public void At_a_terminal_count_ends_it_and_replies_alone_go_to_stdout()
    {
        Tools.Require("script", "bsdutils");
        using TemporaryFolder folder = new();
        string replies = folder.File("replies");
        using EchoServerProcess server = EchoServerProcess.Start();
        Finished finished = Tools.Shell(
            "printf 'a\\nb\\n' | script -qec \"'$1' client -c2 ':$2' >'$3'\" /dev/null",
            Tools.Binary, $"{server.Port}", replies);
        Assert.Equal(0, finished.Status);
        Assert.Equal("a\nb\n", File.ReadAllText(replies));
        server.Stop();
    }

    [Fact]
    public void A_server_that_closes_early_is_told()
    {
        using ScriptedServer server = new(client =>
        {
            byte[] bytes = new byte[2];
            client.Receive(bytes);
            client.Send(bytes);
            client.Shutdown(SocketShutdown.Send);
            while (client.Receive(bytes) > 0)
            {
            }
        });
        Finished finished = Pipe("hello\n", server.Port);
        AssertFailure(
            finished, "the server has closed the connection too early: 6 bytes sent, 2 came back");
        Assert.Equal("he", finished.Output);
    }

    [Fact]
    public void A_server_that_closes_while_input_goes_on_ends_the_client()
    {
        using ScriptedServer server = new(_ => { });
        using Process client = Process.Start(
            Tools.StartInfo([], Tools.Binary, ["client", $":{server.Port}"]))!;
        Assert.True(client.WaitForExit(Tools.Patience), "the client goes on");
        Assert.Equal(1, client.ExitCode);
        Assert.Equal(
            Failure + "the server has closed the connection before the end of input: "
            + "0 bytes sent, 0 came back\n", client.StandardError.ReadToEnd());
    }

    [Fact]
    public void A_reset_is_told_and_what_had_come_back_is_written()
    {
        using ScriptedServer server = new(client =>
        {
            byte[] bytes = new byte[6];
            client.Receive(bytes);
            client.Send(bytes);
            client.LingerState = new LingerOption(true, 0);
            client.Receive(bytes); // the end of input, so that the six have been read
        });
        using RunningProgram running = RunningProgram.Start(
            Tools.Binary, "client", $":{server.Port}");
        running.Type("hello\n");
        running.AwaitOutput("hello");
        running.EndInput();
        Finished finished = running.Finish();
        AssertFailure(finished, "the connection has failed: Connection reset by peer (ECONNRESET)");
        Assert.Equal("hello\n", finished.Output);
    }

    [Theory]
    [InlineData("hello", "5 bytes sent, 0 came back")]
    [InlineData("", "0 bytes sent, 0 came back")]
    public void A_server_that_never_answers_is_given_up(string input, string counts)
    {
        ScriptedServer? server = null;
        using (server = new ScriptedServer(_ => server!.AwaitEnd()))
        {
            AssertFailure(
                Pipe(input, server.Port, "-W300ms"),
                "nothing has come back for 0.300 s: " + counts);
        }
    }

    [Fact]
    public void A_server_that_never_reads_is_given_up()
    {
        ScriptedServer? server = null;
        using (server = new ScriptedServer(_ => server!.AwaitEnd()))
        {
            Finished finished = Tools.Shell(
                "head -c 64M /dev/zero 2>&- | \"$1\" client -W 300ms \":$2\"",
                Tools.Binary, $"{server.Port}");
            AssertFailure(finished, "nothing has come back for 0.300 s: ");
        }
    }

    [Fact]
    public void A_changed_byte_is_told()
    {
        using ScriptedServer server = new(client => EchoChanged(client, 700_000));
        using TemporaryFolder folder = new();
        string file = folder.File("data");
        File.WriteAllBytes(file, Tools.RandomBytes(1_000_003));
        Finished finished = Tools.Shell(
            "\"$1\" client \":$2\" <\"$3\" >\"$3.back\"", Tools.Binary, $"{server.Port}", file);
        AssertFailure(
            finished,
            "other bytes have come back than were sent: 1000003 bytes sent, 1000003 came back");
    }

    [Fact]
    public void More_than_was_sent_is_told_and_written()
    {
        using ScriptedServer server = new(client =>
        {
            byte[] bytes = new byte[64];
            client.Send("220 ready\r\n"u8);
            int count = client.Receive(bytes);
            client.Send(bytes.AsSpan(0, count));
            while (client.Receive(bytes) > 0)
            {
            }
        });
        Finished finished = Pipe("hello\n", server.Port);
        AssertFailure(
            finished, "more has come back than was sent: 6 bytes sent, 17 came back");
        Assert.Equal("220 ready\r\nhello\n", finished.Output);
    }

    [Fact]
    public void Nobody_listening_is_told()
    {
        using Socket taken = new(SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // and never listens
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        AssertFailure(
            Pipe("hello\n", port),
            $"cannot connect to 127.0.0.1:{port}: Connection refused (ECONNREFUSED)");
    }

    [Theory]
    [InlineData("> /dev/full", "cannot write to standard output: No space left on device (ENOSPC)")]
    [InlineData(">&-", "cannot write to standard output: Bad file descriptor (EBADF)")]
    [InlineData("<&-", "cannot read standard input: Bad file descriptor (EBADF)")]
    [InlineData("< /", "cannot read standard input: Is a directory (EISDIR)")]
    [InlineData("| true", "cannot write to standard output: Broken pipe (EPIPE)")]
    public void A_standard_stream_that_does_not_work_is_told(string redirection, string message)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        // More than a pipe holds, so that a pipe to nobody is noticed in any case.
        Finished finished = Tools.Run("bash", "-c",
            "set -o pipefail; head -c 1M /dev/zero 2>&- | \"$1\" client \":$2\" " + redirection,
            "bash", Tools.Binary, $"{server.Port}");
        Assert.Contains(Failure + message + "\n", finished.Error);
        Assert.Equal(1, finished.Status);
        server.Stop();
    }

    [Theory]
    [InlineData("one target only", "a", "b")]
    [InlineData("HOST, HOST:PORT or :PORT", "a:b")]
    [InlineData("HOST, HOST:PORT or :PORT", "a:0")]
    [InlineData("HOST, HOST:PORT or :PORT", "a:65536")]
    [InlineData("HOST, HOST:PORT or :PORT", "1::2::3")]
    [InlineData("HOST, HOST:PORT or :PORT", "[::1")]
    [InlineData("HOST, HOST:PORT or :PORT", "two words")]
    [InlineData("HOST, HOST:PORT or :PORT", "")]
    [InlineData("a number from 1", "-c0")]
    [InlineData("a number from 1", "--count=many")]
    [InlineData("a time from 0 to 1440m", "-Wsoon")]
    [InlineData("a port number from 1 to 65535", "-p0")]
    public void Misuse_is_named_with_what_is_allowed(string allowed, params string[] words)
    {
        Finished finished = Tools.Run(Tools.Binary, ["client", .. words]);
        Assert.Equal(64, finished.Status);
        Assert.Empty(finished.Output);
        Assert.Contains($"' is not valid; expected {allowed}", finished.Error);
        Assert.EndsWith("try 'epollecho client --help' for the options\n", finished.Error);
    }

    private static Finished Pipe(string input, int port, params string[] options) => Tools.Shell(
        "input=$1; shift; printf %s \"$input\" 2>&- | \"$@\"", // silent if nobody reads
        [input, Tools.Binary, "client", $":{port}", .. options]);

    /// <summary>Echoes, but for the lowest bit of one byte.</summary>
    private static void EchoChanged(Socket client, int position)
    {
        byte[] block = new byte[64 << 10];
        for (int received = 0, now; (now = client.Receive(block)) > 0; received += now)
        {
            if (position >= received && position < received + now)
                block[position - received] ^= 1;
            client.Send(block.AsSpan(0, now));
        }
    }

    private static void AssertSilentSuccess(Finished finished)
    {
        Assert.Equal("", finished.Error);
        Assert.Equal("", finished.Output);
        Assert.Equal(0, finished.Status);
    }

    /// <summary>Exit 1 and one line that begins so.</summary>
    private static void AssertFailure(Finished finished, string message)
    {
        Assert.StartsWith(Failure + message, finished.Error);
        Assert.Matches(@"\A[^\n]*\n\z", finished.Error);
        Assert.Equal(1, finished.Status);
    }
}
