// epollecho bench: every kind of load against the server, and servers that lose, change or delay.
// Nothing here is about speed.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
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

public sealed class BenchTests
{
    [Theory]
    [InlineData(1000, "-s1", "-c7")]
    [InlineData(1000, "-s64", "-c3", "--pipeline=16")]
    [InlineData(100, "-s1M", "-c4")]
    [InlineData(3, "-s64M", "-c2")]
    [InlineData(1000, "-s100", "-c10", "-w3", "--pipeline=5")]
    [InlineData(500, "-c5", "-r5000")]
    [InlineData(1000, "-c200", "--connect-rate=4000")]
    [InlineData(1000, "--no-verify")]
    public void As_many_messages_as_are_asked_for_come_back(int count, params string[] options)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        JsonElement json = RunWell(server, ["-n", $"{count}", .. options]);
        Assert.Equal(count, Number(json, "sent"));
        Assert.Equal(count, Number(json, "received"));
        Assert.Equal(count, Number(json, "measured"));
        Assert.Equal(0, Number(json, "lost"));
        Assert.Equal(count, Number(json.GetProperty("latency_from_send_ns"), "count"));
        long bytes = count * Number(json, "size");
        Assert.Equal(bytes, Number(json, "bytes_received"));
        Dictionary<string, long> statistics = server.Stop();
        Assert.Equal(bytes, statistics["bytes_in"]);
        Assert.Equal(Number(json, "opened") + 1, statistics["total"]); // one to see who answers
    }

    [Fact]
    public void A_load_of_some_duration_ends_with_nothing_under_way()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        JsonElement json = RunWell(server, "-d300ms", "--warmup=100ms", "-c20", "--pipeline=3");
        Assert.True(Number(json, "measured") > 0);
        Assert.True(Number(json, "measured") < Number(json, "received"), "the warm-up counts");
        Assert.Equal(Number(json, "sent"), Number(json, "received"));
        Assert.Equal(Number(json, "sent") * 64, server.Stop()["bytes_out"]);
    }

    [Theory]
    [InlineData("-c1")]
    [InlineData("-c8", "-w2", "-s1M")]
    public void A_stream_brings_back_all_that_it_sends(params string[] options)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        JsonElement json = RunWell(server, ["--stream", "-d300ms", .. options]);
        Assert.True(Number(json, "bytes_received") > 0);
        Assert.Equal(0, Number(json, "bytes_lost"));
        Dictionary<string, long> statistics = server.Stop();
        Assert.Equal(statistics["bytes_in"], statistics["bytes_out"]);
        Assert.InRange(Number(json, "bytes_received"), 1, statistics["bytes_out"]);
    }

    [Fact]
    public void Churn_opens_uses_and_closes_connections()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        JsonElement json = RunWell(server, "--churn", "-n500", "-c6", "-w2");
        Assert.Equal(500, Number(json, "opened"));
        Assert.Equal(500, Number(json, "closed"));
        Assert.Equal(500, Number(json, "received"));
        Assert.Equal(500, Number(json.GetProperty("connect_ns"), "count"));
        server.AwaitStatistics("connections", 0);
        Assert.Equal(501, server.Stop()["total"]);
    }

    [Fact]
    public void A_rate_is_kept_to_and_latencies_count_from_the_plan()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        JsonElement json = RunWell(server, "-r400", "-d500ms", "-c3");
        Assert.InRange(Number(json, "sent"), 199, 201);
        JsonElement fromSend = json.GetProperty("latency_from_send_ns");
        JsonElement fromPlan = json.GetProperty("latency_from_plan_ns");
        Assert.True(Number(fromPlan, "min") >= Number(fromSend, "min"));
        Assert.True(Number(fromPlan, "max") >= Number(fromSend, "max"));
        server.Stop();
    }

    [Fact]
    public void A_stall_delays_all_that_was_planned_meanwhile()
    {
        using ScriptedServer server = new((client, number) =>
        {
            byte[] bytes = new byte[64];
            for (int i = 0; client.Receive(bytes) == bytes.Length; i++)
            {
                // A third of the time that is measured, once.
                if (number > 0 && i == 50) Thread.Sleep(300);
                client.Send(bytes);
            }
        });
        JsonElement json = Json(Bench(server.Port, "--json", "-c1", "-r200", "-d1s").Output);
        long fromSend = Number(json.GetProperty("latency_from_send_ns"), "p90");
        long fromPlan = Number(json.GetProperty("latency_from_plan_ns"), "p90");
        Assert.True(fromPlan > 100_000_000, $"{fromPlan} ns");
        Assert.True(fromSend < fromPlan, $"{fromSend} ns from send, {fromPlan} ns from plan");
    }

    [Fact]
    public void A_rate_that_is_missed_is_warned_of()
    {
        using ScriptedServer server = new((client, _) =>
        {
            byte[] bytes = new byte[64];
            while (client.Receive(bytes) == bytes.Length)
            {
                Thread.Sleep(20);
                client.Send(bytes);
            }
        });
        Finished finished = Bench(server.Port, "-c1", "-r1000", "-d500ms", "-W1s");
        Assert.Matches(
            @"(?m)^epollecho: warning: \d+\.\d{3} messages/s came back of the 1000 that were planned$",
            finished.Error);
        Assert.Matches(@", [1-9]\d* not sent\n", finished.Output);
        Assert.Equal(1, finished.Status);
    }

    [Theory]
    [InlineData("-r30000")]
    [InlineData("-r70000", "-c7", "-w2")]
    public void The_last_messages_of_a_plan_are_sent_though_they_are_late(params string[] options)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        for (int i = 0; i < 5; i++)
        {
            JsonElement json = RunWell(server, ["-d100ms", .. options]);
            Assert.Equal(Number(json, "target_rate") / 10, Number(json, "sent"));
            Assert.Equal(0, Number(json, "not_sent"));
        }
        server.Stop();
    }

    [Theory]
    [InlineData("-c3")]
    [InlineData("-c5", "-w2")]
    public void A_plan_that_is_far_too_much_is_accounted_for_to_the_last_message(
        params string[] options)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        Finished finished = Bench(
            server.Port, ["--json", "-r50000000", "-d200ms", "-W2s", .. options]);
        Assert.Equal(1, finished.Status);
        JsonElement json = Json(finished.Output);
        Assert.Equal(0, Number(json, "lost"));
        Assert.True(Number(json, "not_sent") > 0);
        Assert.Equal(10_000_000, Number(json, "sent") + Number(json, "not_sent"));
        server.Stop();
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(2, 2)] // one of the workers has no connection left
    [InlineData(4, 2)]
    public void What_was_planned_for_a_connection_that_has_failed_is_not_sent(
        int connections, int workers)
    {
        using ScriptedServer server = new((client, number) =>
        {
            if (number != 1) ScriptedServer.Echo(client);
        });
        JsonElement json = Json(
            Bench(
                server.Port, "--json", $"-c{connections}", $"-w{workers}", "-n60", "-r600").Output);
        Assert.Equal(1, FailureCount(json));
        Assert.Equal(60, Number(json, "sent") + Number(json, "not_sent"));
        Assert.InRange(Number(json, "lost"), 0, 1);
        Assert.Equal(60 - (60 / connections), Number(json, "received"));
    }

    [Theory]
    [InlineData("-r1")]
    [InlineData("--churn", "--connect-rate=1", "-c1")]
    public void A_load_that_is_slower_than_its_timeout_is_no_stall(params string[] options)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        JsonElement json = RunWell(server, ["-n3", "-W900ms", .. options]);
        Assert.Equal(3, Number(json, "received"));
        server.Stop();
    }

    [Theory]
    [InlineData("-r100", "target_rate", "not_sent", "latency_from_plan_ns")]
    [InlineData("--churn", "connections_per_second")]
    public void What_was_not_asked_for_is_null(string option, params string[] keys)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        JsonElement asked = RunWell(server, "-n10", "-c2", option);
        JsonElement notAsked = RunWell(server, "-n10", "-c2");
        Assert.All(keys, key =>
        {
            Assert.NotEqual(JsonValueKind.Null, asked.GetProperty(key).ValueKind);
            Assert.Equal(JsonValueKind.Null, notAsked.GetProperty(key).ValueKind);
        });
        server.Stop();
    }

    [Fact]
    public void The_report_has_all_of_it()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        Finished finished = Bench(server.Port, "-n1000", "-c2");
        Assert.Equal("", finished.Error);
        Assert.Equal(0, finished.Status);
        Assert.StartsWith(
            $"127.0.0.1:{server.Port}: 2 connections, messages of 64 bytes\n", finished.Output);
        string[] labels = ["connections ", "messages ", "rate ", "throughput ", "  min ", "  mean ",
            "  mdev ", "  p50 ", "  p75 ", "  p90 ", "  p95 ", "  p99 ", "  p99.9 ",
            "  p99.99 ", "  max "];
        Assert.All(labels, label => Assert.Contains("\n" + label, finished.Output));
        // The bars hold every message.
        MatchCollection bars = Regex.Matches(finished.Output, @"(?m)^  < +[\d.]+ ms +(\d+)( +#+)?$");
        Assert.Equal(1000, bars.Sum(
            bar => int.Parse(bar.Groups[1].Value, CultureInfo.InvariantCulture)));
        server.Stop();
    }

    [Fact]
    public void The_distribution_is_one_that_HdrHistogram_reads()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("latency.hgrm");
        using EchoServerProcess server = EchoServerProcess.Start();
        RunWell(server, "-n5000", "-c2", "--hgrm", file);
        string[] lines = File.ReadAllLines(file);
        Assert.Equal("       Value     Percentile TotalCount 1/(1-Percentile)", lines[0]);
        Assert.Equal("", lines[1]);
        double[][] rows = [.. lines[2..^3].Select(line => line
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray())];
        Assert.All(rows[..^1], row => Assert.Equal(4, row.Length));
        Assert.All(rows[..^1], row => Assert.InRange(row[3] * (1 - row[1]), 0.9, 1.1));
        Assert.All(rows, row => Assert.True(row[2] >= row[1] * 5000 - 0.01));
        for (int column = 0; column < 3; column++)
        {
            double[] cells = [.. rows.Select(row => row[column])];
            Assert.Equal(cells.Order(), cells);
        }
        Assert.Equal([1, 5000], rows[^1][1..]);
        Assert.Matches(@"^#\[Mean    = +\d+\.\d{3}, StdDeviation   = +\d+\.\d{3}\]$", lines[^3]);
        Assert.Matches(@"^#\[Max     = +\d+\.\d{3}, Total count    = +5000\]$", lines[^2]);
        Assert.Matches(@"^#\[Buckets = +\d+, SubBuckets     = +\d+\]$", lines[^1]);
        server.Stop();
    }

    [Theory]
    [InlineData("-d60s")]
    [InlineData("-d60s", "--stream")]
    [InlineData("-d60s", "--churn", "-w2")]
    [InlineData("-d60s", "-r100", "-w2")]
    public void A_signal_ends_it_with_the_results(params string[] options)
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        using RunningProgram bench = StartBench(server.Port, ["-c4", .. options]);
        // One connection asks whether somebody listens.
        Tools.Eventually(() => server.AskStatistics()["total"] >= 5, "four are open");
        Tools.Eventually(() => server.AskStatistics()["bytes_in"] > 0, "the load has begun");
        bench.Signal(LibC.SIGINT);
        Finished finished = bench.Finish();
        Assert.Equal("", finished.Error);
        JsonElement json = Json(finished.Output);
        Assert.Equal(0, Number(json, "lost"));
        Assert.Equal(0, Number(json, "bytes_lost"));
        Assert.Equal(0, FailureCount(json));
        Assert.True(Number(json, "opened") >= 4);
        server.Stop();
    }

    [Fact]
    public void A_signal_while_connections_are_opened_ends_it_before_it_sends()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        using RunningProgram bench = StartBench(
            server.Port, "-c100", "--connect-rate=1", "-r1000000", "-d60s");
        Tools.Eventually(() => server.AskStatistics()["total"] >= 2, "the first one is open");
        bench.Signal(LibC.SIGINT);
        JsonElement json = Json(bench.Finish().Output);
        Assert.Equal(0, Number(json, "sent"));
        Assert.Equal(0, Number(json, "not_sent"));
        Assert.Equal(0, FailureCount(json));
        Assert.Equal(100, Number(json, "opened") + Number(json, "not_tried"));
        server.Stop();
    }

    [Fact]
    public void A_signal_ends_it_although_the_first_worker_has_ended()
    {
        using CountdownEvent both = new(2);
        // Connection 0 finds the address, 1 is the first worker's.
        using ScriptedServer server = new((client, number) =>
        {
            byte[] bytes = new byte[64];
            if (client.Receive(bytes) == 0) return;
            if (number == 1)
            {
                client.Shutdown(SocketShutdown.Send);
                while (client.Receive(bytes) > 0)
                {
                }
                both.Signal();
                return;
            }
            client.Send(bytes); // the next one comes when this one is back
            client.Receive(bytes);
            both.Signal();
            client.Send(bytes);
            ScriptedServer.Echo(client);
        });
        using RunningProgram bench = StartBench(
            server.Port, "-c2", "-w2", "--connect-rate=20", "-d60s");
        Tools.Eventually(() => both.IsSet, "both workers have come so far");
        bench.Signal(LibC.SIGINT);
        JsonElement json = Json(bench.Finish().Output);
        Assert.Equal(1, FailureCount(json));
        Assert.True(Number(json, "received") > 0);
    }

    [Fact]
    public void A_signal_ends_it_although_the_first_worker_has_no_connection()
    {
        using ManualResetEventSlim answered = new();
        int begun = 0;
        using ScriptedServer server = new((client, number) =>
        {
            // The first message is the first worker's; the other's is planned half a second later.
            byte[] bytes = new byte[64];
            if (client.Receive(bytes, SocketFlags.Peek) == 0) return;
            if (Interlocked.Increment(ref begun) == 1) return;
            client.Receive(bytes);
            client.Send(bytes);
            answered.Set();
            ScriptedServer.Echo(client);
        });
        using RunningProgram bench = StartBench(server.Port, "-c2", "-w2", "-r2", "-d60s");
        Tools.Eventually(() => answered.IsSet, "the other worker has its reply");
        bench.Signal(LibC.SIGINT);
        JsonElement json = Json(bench.Finish().Output);
        Assert.Equal(1, FailureCount(json));
        Assert.True(Number(json, "received") >= 1);
        Assert.Equal(Number(json, "sent"), Number(json, "received") + Number(json, "lost"));
    }

    [Fact]
    public void Nohup_is_heeded()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        using RunningProgram bench = RunningProgram.Start(
            "nohup", Tools.Binary, "bench", "--json", "-d60s", "-r100", "-c1", $":{server.Port}");
        Tools.Eventually(() => server.AskStatistics()["bytes_in"] > 0, "the load has begun");
        bench.Signal(LibC.SIGHUP);
        long before = server.AskStatistics()["bytes_in"];
        Tools.Eventually(
            () => server.AskStatistics()["bytes_in"] > before + (10 * 64), "the load goes on");
        bench.Signal(LibC.SIGINT);
        Finished finished = bench.Finish();
        Assert.Equal(0, finished.Status);
        Assert.True(Number(Json(finished.Output), "received") > 10);
        server.Stop();
    }

    [Theory]
    [InlineData("-c2", "-d60s")]
    [InlineData("-c2", "-d60s", "--stream")]
    [InlineData("-c1", "-d60s", "-s1M")]
    public void A_changed_byte_is_told_with_its_place(params string[] options)
    {
        const int place = 100_003;
        using ScriptedServer server = new((client, number) =>
        {
            byte[] block = new byte[64 << 10];
            for (int received = 0, now; (now = client.Receive(block)) > 0; received += now)
            {
                bool isHere = number > 0 && place >= received && place < received + now;
                if (isHere) block[place - received] ^= 0x10;
                client.Send(block.AsSpan(0, now));
            }
        });
        Finished finished = Bench(server.Port, [.. options, "--json"]);
        Assert.Equal(1, finished.Status);
        Assert.Matches(
            @"^epollecho: other bytes came back than were sent, on \d connections; first on number "
            + $@"\d at byte {place}\n$", finished.Error);
        JsonElement json = Json(finished.Output);
        long wrong = Number(json, "wrong_connections");
        Assert.True(wrong >= 1);
        Assert.Equal(wrong, Number(json.GetProperty("failures"), "MISMATCH"));
    }

    [Fact]
    public void A_lost_byte_is_wrong_where_it_is_missing()
    {
        using ScriptedServer server = new((client, number) =>
        {
            byte[] bytes = new byte[640];
            int count = client.Receive(bytes);
            if (number == 0) return;
            client.Send(bytes.AsSpan(0, 10));
            client.Send(bytes.AsSpan(11, count - 11));
            client.Receive(bytes);
        });
        Finished finished = Bench(server.Port, "-c1", "-n10", "--pipeline=10");
        Assert.Equal(1, finished.Status);
        Assert.Contains("first on number 0 at byte 10\n", finished.Error);
    }

    [Fact]
    public void A_server_that_closes_is_counted_with_what_it_owed()
    {
        using ScriptedServer server = new((client, _) => client.Receive(new byte[64]));
        Finished finished = Bench(server.Port, "-c3", "-n30", "--json");
        Assert.Equal(1, finished.Status);
        JsonElement json = Json(finished.Output);
        Assert.Equal(3, Number(json.GetProperty("failures"), "RESET"));
        Assert.Equal(3, Number(json, "lost"));
        Assert.Equal(3 * 64, Number(json, "bytes_lost"));
    }

    [Fact]
    public void A_server_that_answers_no_more_is_a_timeout_and_the_load_ends()
    {
        using ManualResetEventSlim over = new();
        using ScriptedServer server = new((_, _) => over.Wait(Tools.Patience));
        Finished finished = Bench(server.Port, "-c2", "-d60s", "-W200ms");
        over.Set();
        Assert.Equal(1, finished.Status);
        Assert.Contains("\n  failed      2 Connection timed out (ETIMEDOUT)\n", finished.Output);
        Assert.Contains("messages      2 sent, 0 came back, 2 lost\n", finished.Output);
    }

    [Theory]
    [InlineData]
    [InlineData("-w2")]
    [InlineData("--stream")]
    [InlineData("-r1000")]
    public void A_connection_that_is_left_alone_is_given_up_while_others_go_on(
        params string[] options)
    {
        using ManualResetEventSlim over = new();
        using ScriptedServer server = new((client, number) =>
        {
            if (number == 1) over.Wait(Tools.Patience);
            else ScriptedServer.Echo(client);
        });
        Finished finished = Bench(
            server.Port, ["-c3", "-d3s", "-W1s", "--warmup=500ms", "--json", .. options]);
        over.Set();
        Assert.Equal(1, finished.Status);
        JsonElement json = Json(finished.Output);
        Assert.Equal(1, Number(json.GetProperty("failures"), "TIMEOUT"));
        Assert.True(Number(json, "bytes_received") > 0);
        Assert.True(Number(json, "bytes_lost") > 0);
    }

    [Fact]
    public void A_server_that_answers_drop_by_drop_does_not_hold_the_load_for_ever()
    {
        using ScriptedServer server = new((client, _) =>
        {
            byte[] bytes = new byte[64];
            for (int count; (count = client.Receive(bytes)) > 0;)
            {
                for (int i = 0; i < count; i++)
                {
                    client.Send(bytes.AsSpan(i, 1));
                    Thread.Sleep(20);
                }
            }
        });
        // At this pace it would take an hour.
        Finished finished = Bench(server.Port, "-c1", "-s200k", "-d100ms", "-W200ms", "--json");
        Assert.Equal(1, finished.Status);
        JsonElement json = Json(finished.Output);
        Assert.Equal(1, Number(json.GetProperty("failures"), "TIMEOUT"));
        Assert.Equal(1, Number(json, "lost"));
    }

    [Fact]
    public void A_server_that_goes_away_is_counted_by_reason()
    {
        Tools.Require("strace", "strace");
        using TemporaryFolder folder = new();
        string calls = folder.File("calls");
        using EchoServerProcess server = EchoServerProcess.Start("--grace=0");
        using RunningProgram bench = RunningProgram.Start(
            "strace", "-f", "-o", calls, "-e", "trace=connect,getsockopt",
            Tools.Binary, "bench", "--json", "--churn", "-c3", "-d60s", $":{server.Port}");
        Tools.Eventually(() => server.AskStatistics()["total"] > 10, "the load has begun");
        int pid = bench.Child();
        server.Signal(LibC.SIGTERM);
        server.AwaitStop();
        Tools.Eventually(
            () => File.ReadAllText(calls).Contains("ECONNREFUSED", StringComparison.Ordinal),
            "a connection has been refused");
        _ = LibC.kill((pid_t)pid, LibC.SIGINT); // it may have ended by itself
        Finished finished = bench.Finish();
        Assert.Equal(1, finished.Status);
        JsonElement json = Json(finished.Output);
        Assert.True(Number(json, "closed") > 0);
        Assert.True(Number(json.GetProperty("failures"), "REFUSED") > 0);
    }

    [Fact]
    public void Nobody_listening_is_told()
    {
        using Socket taken = new(SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // and never listens
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        Finished finished = Bench(port, "-n1");
        Assert.Equal(
            $"epollecho: cannot connect to 127.0.0.1:{port}: Connection refused (ECONNREFUSED)\n",
            finished.Error);
        Assert.Equal("", finished.Output);
        Assert.Equal(1, finished.Status);
        finished = Bench(port, "-c5", "--json");
        Assert.Equal(1, finished.Status);
        JsonElement json = Json(finished.Output);
        Assert.Equal(1, Number(json.GetProperty("failures"), "REFUSED"));
        Assert.Equal(5, Number(json, "not_tried"));
        Assert.Equal(0, Number(json, "opened"));
    }

    [Fact]
    public void A_name_that_does_not_resolve_is_a_failure_in_JSON_too()
    {
        Finished finished = Tools.Run(Tools.Binary, "bench", "--json", "nobody.invalid");
        Assert.StartsWith("epollecho: cannot resolve 'nobody.invalid': ", finished.Error);
        Assert.Equal(1, finished.Status);
        JsonElement json = Json(finished.Output);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("address").ValueKind);
        Assert.Equal(1, Number(json.GetProperty("failures"), "DNS"));
    }

    [Fact]
    public void Local_ports_that_run_out_are_told_and_the_load_goes_on_with_what_there_is()
    {
        Tools.RequireRoot();
        Tools.Require("ip", "iproute2");
        using TemporaryFolder folder = new();
        Finished finished = Tools.Run("unshare", "-n", "/bin/sh", "-c", """
            set -e
            ip link set lo up
            echo '20000 20009' >/proc/sys/net/ipv4/ip_local_port_range
            "$1" serve -q --port-file "$2" &
            trap "kill $!" EXIT
            until [ -s "$2" ]; do sleep 0.01; done
            "$1" bench -c400 -n100
            """, "sh", Tools.Binary, folder.File("port"));
        Assert.Equal(1, finished.Status);
        Assert.Equal(
            "epollecho: no local port was free for more connections to this address; see "
            + "net.ipv4.ip_local_port_range\n", finished.Error);
        // One port was that of the connection that asked whether somebody listens; it may come
        // free again meanwhile.
        Match counts = Regex.Match(
            finished.Output, @"(?m)^connections +(\d+) opened, (\d+) failed, (\d+) not tried; ");
        int[] numbers = [.. counts.Groups.Values.Skip(1).Select(
            number => int.Parse(number.Value, CultureInfo.InvariantCulture))];
        Assert.Equal(400, numbers.Sum());
        Assert.InRange(numbers[0], 9, 10);
        Assert.True(numbers[1] >= 128);
        Assert.Matches(
            $@"(?m)^  failed      {numbers[1]} Cannot assign requested address \(EADDRNOTAVAIL\)$",
            finished.Output);
        Assert.Contains("messages      100 sent, 100 came back, 0 lost\n", finished.Output);
    }

    [Fact]
    public void More_connections_than_open_files_are_refused_before_the_load()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        Finished finished = Tools.Shell(
            "ulimit -n 100; exec \"$1\" bench -c200 \":$2\"", Tools.Binary, $"{server.Port}");
        Assert.Equal(
            "epollecho: 200 connections need more open files than the limit of 100 (ulimit -Hn)\n",
            finished.Error);
        Assert.Equal(1, finished.Status);
        server.Stop();
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_told_before_the_load()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        Finished finished = Bench(server.Port, "--hgrm=/nowhere/file");
        Assert.Equal(
            "epollecho: cannot write the distribution: No such file or directory (ENOENT)\n",
            finished.Error);
        Assert.Equal("", finished.Output);
        Assert.Equal(1, finished.Status);
        server.Stop();
    }

    [Theory]
    [InlineData("a number from 1 to 1048576", "-c0")]
    [InlineData("a time from 1ms", "-d0")]
    [InlineData("a number from 1", "-n0")]
    [InlineData("a size from 1 to 64M", "-s65M")]
    [InlineData("a number from 1 to 65536", "--pipeline=0")]
    [InlineData("a number from 1 to 100000000", "-r0")]
    [InlineData("a time from 0 to", "--warmup=x")]
    [InlineData("a number from 1 to 256", "-w257")]
    [InlineData("the name of a file", "--hgrm=")]
    [InlineData("--churn or --stream, not both", "--churn", "--stream")]
    [InlineData("neither --churn nor --stream with it", "--churn", "-r1")]
    [InlineData("neither --churn nor --stream with it", "--stream", "--pipeline=2")]
    [InlineData("a --duration", "--stream", "-n1")]
    [InlineData("a limit", "-W0")]
    public void Misuse_is_named_with_what_is_allowed(string allowed, params string[] words)
    {
        Finished finished = Tools.Run(Tools.Binary, ["bench", .. words]);
        Assert.Equal(64, finished.Status);
        Assert.Contains($"is not valid; expected {allowed}", finished.Error);
        Assert.EndsWith("try 'epollecho bench --help' for the options\n", finished.Error);
        Assert.Equal("", finished.Output);
    }

    private static Finished Bench(int port, params string[] options) =>
        Tools.Run(Tools.Binary, ["bench", $":{port}", .. options]);

    private static RunningProgram StartBench(int port, params string[] options) =>
        RunningProgram.Start(Tools.Binary, ["bench", $":{port}", "--json", .. options]);

    private static JsonElement RunWell(EchoServerProcess server, params string[] options)
    {
        Finished finished = Bench(server.Port, ["--json", .. options]);
        // A machine that is busy may miss a rate.
        Assert.Matches(@"^(epollecho: warning: \S+ messages/s came back .*\n)?$", finished.Error);
        JsonElement json = Json(finished.Output);
        Assert.Equal(0, finished.Status);
        Assert.Equal(0, Number(json, "gc_allocated_bytes"));
        Assert.Equal(0, FailureCount(json));
        return json;
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static long Number(JsonElement json, string name) =>
        json.GetProperty(name).GetInt64();

    private static long FailureCount(JsonElement json) =>
        json.GetProperty("failures").EnumerateObject().Sum(failure => failure.Value.GetInt64());
}
