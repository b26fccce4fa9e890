// The traces: the tutorial's sequences of events, on stdout and in a file.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed partial class TraceTests
{
    [Theory]
    [InlineData("edge", "|EPOLLET")]
    [InlineData("level", "")]
    public void Rearm_gives_the_tutorials_sequence(string trigger, string edge)
    {
        List<string> trace = TraceOfOneEcho(
            "--strategy=rearm", "--read-size=10", $"--trigger={trigger}");
        // Listener 1, connection 1, connection 4.
        Assert.Equal(
            [
                "epoll_wait -> [(LISTENER, 0x1 EPOLLIN)]",
                "fd LISTENER: accept4 = CLIENT from 127.0.0.1:PORT",
                $"fd CLIENT: epoll_ctl ADD EPOLLIN{edge} = 0",
                "fd LISTENER: accept4 = EAGAIN",
                "epoll_wait -> [(CLIENT, 0x1 EPOLLIN)]",
                "fd CLIENT: recv = 10",
                "fd CLIENT: recv = 10",
                "fd CLIENT: recv = EAGAIN",
                $"fd CLIENT: epoll_ctl MOD EPOLLOUT{edge} = 0",
                "epoll_wait -> [(CLIENT, 0x4 EPOLLOUT)]",
                "fd CLIENT: send = 20",
                $"fd CLIENT: epoll_ctl MOD EPOLLIN{edge} = 0",
                "epoll_wait -> [(CLIENT, 0x1 EPOLLIN)]",
                "fd CLIENT: recv = 0",
                "fd CLIENT: close = 0",
            ],
            trace);
    }

    [Fact]
    public void Eager_and_edge_answers_at_once_and_never_changes_what_it_watches()
    {
        List<string> trace = TraceOfOneEcho();
        Assert.Contains(
            "fd CLIENT: epoll_ctl ADD EPOLLIN|EPOLLPRI|EPOLLOUT|EPOLLRDHUP|EPOLLET = 0", trace);
        Assert.DoesNotContain(trace, line => line.Contains("MOD", StringComparison.Ordinal));
        int wake = trace.IndexOf("epoll_wait -> [(CLIENT, 0x5 EPOLLIN|EPOLLOUT)]");
        Assert.True(wake > 0, string.Join('\n', trace));
        Assert.Equal(["fd CLIENT: recv = 20", "fd CLIENT: send = 20"], trace.GetRange(wake + 1, 2));
        Assert.Equal("epoll_wait -> [(CLIENT, 0x2005 EPOLLIN|EPOLLOUT|EPOLLRDHUP)]", trace[wake + 3]);
        Assert.Equal(["fd CLIENT: recv = 0", "fd CLIENT: close = 0"], trace.GetRange(wake + 4, 2));
    }

    [Fact]
    public void Eager_and_level_watches_input_only()
    {
        List<string> trace = TraceOfOneEcho("--trigger=level");
        Assert.Contains("fd CLIENT: epoll_ctl ADD EPOLLIN|EPOLLRDHUP = 0", trace);
        int wake = trace.IndexOf("epoll_wait -> [(CLIENT, 0x1 EPOLLIN)]");
        Assert.Equal(["fd CLIENT: recv = 20", "fd CLIENT: send = 20"], trace.GetRange(wake + 1, 2));
    }

    [Theory]
    [InlineData("poll")]
    [InlineData("select")]
    public void Poll_and_select_have_no_call_to_watch(string poller)
    {
        List<string> trace = TraceOfOneEcho($"--poller={poller}", "--strategy=rearm");
        Assert.Contains($"{poller} -> [(LISTENER, 0x1 EPOLLIN)]", trace);
        Assert.Contains($"{poller} -> [(CLIENT, 0x4 EPOLLOUT)]", trace);
        Assert.DoesNotContain(trace, line => line.Contains("epoll_ctl", StringComparison.Ordinal));
    }

    [Fact]
    public void Received_bytes_are_shown_escaped_when_asked_for()
    {
        List<string> trace = TraceOfOneEcho("--trace=data");
        Assert.Contains(
            "fd CLIENT: recv = 20 \"hello \\\"\\\\\\r\\n\\t\\x00\\x7f\\xffworld.\"", trace);
    }

    [Fact]
    public void A_trace_file_is_Chrome_trace_event_JSON_even_when_ended_by_a_signal()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("trace.json");
        using (EchoServerProcess server = EchoServerProcess.Start(
            $"--trace-file={path}", "--grace=0"))
        {
            using EchoClient first = server.Connect();
            first.AssertEchoes(Message);
            using EchoClient second = server.Connect();
            second.AssertEchoesThroughout(Tools.RandomBytes(3 << 20));
            first.AssertEchoes(Message);
            server.Stop(); // the first connection is open still
        }
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        List<JsonElement> events = [.. document.RootElement.EnumerateArray()];
        foreach (JsonElement one in events)
        {
            string phase = one.GetProperty("ph").GetString()!;
            Assert.Matches("^[MXBE]$", phase);
            Assert.NotEmpty(one.GetProperty("name").GetString()!);
            Assert.True(one.GetProperty("pid").GetInt32() > 0);
            Assert.InRange(one.GetProperty("tid").GetInt32(), 0, 2); // the loop, two connections
            if (phase != "M") Assert.True(one.GetProperty("ts").GetDouble() >= 0);
            if (phase == "X") Assert.True(one.GetProperty("dur").GetDouble() >= 0);
        }
        Assert.Equal(2, events.Count(one => Is(one, "connection", "B")));
        Assert.Equal(2, events.Count(one => Is(one, "connection", "E")));
        Assert.Contains(events, one => Is(one, "epoll_wait", "X"));
        Assert.Equal(
            (2 * 20) + (3 << 20),
            events.Where(one => Is(one, "send", "X") || Is(one, "splice out", "X")).Sum(ResultOf));
        string[] tracks = [.. events.Where(one => Is(one, "thread_name", "M")).Select(
            one => one.GetProperty("args").GetProperty("name").GetString()!)];
        Assert.Equal(3, tracks.Length);
        Assert.Equal("loop", tracks[0]);
        Assert.Matches(@"^connection 1, fd \d+, 127\.0\.0\.1:\d+$", tracks[1]);
    }

    [Fact]
    public void A_trace_file_that_cannot_be_made_is_told()
    {
        Finished finished = Tools.Run(Tools.Binary, "-p0", "--trace-file=/no/such/folder/trace");
        Assert.Equal(1, finished.Status);
        Assert.Equal(
            "epollecho: cannot write a trace to /no/such/folder/trace: "
            + "No such file or directory (ENOENT)\n",
            finished.Error);
    }

    [Fact]
    public void A_trace_that_nobody_reads_never_stops_the_server()
    {
        using EchoServerProcess server = EchoServerProcess.Start("--trace=data");
        for (int i = 0; i < 1000; i++) // its stdout is a pipe that is not read here
        {
            using EchoClient client = server.Connect();
            client.AssertEchoes(Message);
        }
        Assert.Equal(0, server.Stop()["gc_allocated_bytes"]);
    }

    private static byte[] Message => [.. "hello \"\\\r\n\t"u8, 0, 0x7F, 0xFF, .. "world."u8];

    private static bool Is(JsonElement one, string name, string phase) =>
        one.GetProperty("name").GetString() == name && one.GetProperty("ph").GetString() == phase;

    private static long ResultOf(JsonElement one)
    {
        JsonElement result = one.GetProperty("args").GetProperty("result");
        return result.ValueKind == JsonValueKind.Number ? result.GetInt64() : 0;
    }

    /// <summary>The trace of a client that connects, sends 20 bytes, reads them, and ends, with
    /// descriptors by their role and without times and the events of signals.</summary>
    private static List<string> TraceOfOneEcho(params string[] options)
    {
        using TemporaryFolder folder = new();
        string portFile = folder.File("port");
        string[] words = ["-q", "-p0", $"--port-file={portFile}", "--trace", .. options];
        using Process process = Process.Start(Tools.StartInfo([], Tools.Binary, words))!;
        try
        {
            Tools.Eventually(() => File.Exists(portFile), "the port file is there");
            int port = int.Parse(
                File.ReadAllText(portFile), System.Globalization.CultureInfo.InvariantCulture);
            List<string> lines = [];
            using EchoClient client = EchoClient.Connect(port);
            // Accepted and waiting before the bytes come, so that each has its wake-up.
            ReadUntil(process, lines, "accept4 = EAGAIN");
            client.AssertEchoes(Message);
            client.EndSending();
            client.AssertReceivesThenEnd([]);
            ReadUntil(process, lines, "close = 0");
            Assert.Equal(0, LibC.kill((pid_t)process.Id, LibC.SIGTERM));
            Assert.True(process.WaitForExit(Tools.Patience));
            return ByRole(lines);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private static void ReadUntil(Process process, List<string> lines, string end)
    {
        string? line;
        while ((line = process.StandardOutput.ReadLine()) != null)
        {
            lines.Add(line);
            if (line.EndsWith(end, StringComparison.Ordinal)) return;
        }
        Assert.Fail($"no line ends in {end}:\n" + string.Join('\n', lines));
    }

    private static List<string> ByRole(List<string> lines)
    {
        Match accepted = Accepted().Match(string.Join('\n', lines));
        Assert.True(accepted.Success, string.Join('\n', lines));
        string listener = accepted.Groups[1].Value;
        string client = accepted.Groups[2].Value;
        return [.. lines.Select(line => Timestamp().Replace(line, "")
            .Replace($"fd {listener}:", "fd LISTENER:", StringComparison.Ordinal)
            .Replace($"({listener},", "(LISTENER,", StringComparison.Ordinal)
            .Replace($"fd {client}:", "fd CLIENT:", StringComparison.Ordinal)
            .Replace($"({client},", "(CLIENT,", StringComparison.Ordinal)
            .Replace($"accept4 = {client} from", "accept4 = CLIENT from", StringComparison.Ordinal))
            .Select(line => PeerPort().Replace(line, "127.0.0.1:PORT"))];
    }

    [GeneratedRegex(@"fd (\d+): accept4 = (\d+) from")]
    private static partial Regex Accepted();

    [GeneratedRegex(@"^\d+\.\d{6} +")]
    private static partial Regex Timestamp();

    [GeneratedRegex(@"127\.0\.0\.1:\d+")]
    private static partial Regex PeerPort();
}
