// The laboratory: real answers of this machine's kernel, and the forms that results come in.
using System;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Epollecho.Tests.Support;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class LabTests
{
    private const string SelectReason = "takes descriptors below 1024 only";

    [Theory]
    [InlineData(0, "EPOLLIN EPOLLIN EPOLLIN EPOLLIN")]
    [InlineData(1, "EPOLLIN - EPOLLIN EPOLLIN")]
    [InlineData(2, "EPOLLIN - - EPOLLIN")]
    [InlineData(3, "EPOLLIN - - EPOLLIN")]
    public void Lab_triggers_shows_what_each_trigger_reports(int section, string expected)
    {
        string text = RunTriggers().Split("\n\n")[section];
        Assert.Equal(expected, Answers(text));
        Assert.DoesNotContain("NOT AS EPOLL", text);
        Assert.Contains("102400 B arrive", text);
        Assert.Contains("51200 B are read, 51200 B are left", text);
        Assert.Equal(4, Regex.Count(text, "^  => ", RegexOptions.Multiline));
    }

    [Fact]
    public void Lab_triggers_takes_sizes()
    {
        string text = RunTriggers("--size=3k", "--read", "72");
        Assert.Equal(4, Regex.Count(text, "3072 B arrive"));
        Assert.Equal(4, Regex.Count(text, "72 B are read, 3000 B are left"));
    }

    [Fact]
    public void Lab_triggers_reports_nothing_where_nothing_is_left()
    {
        string text = RunTriggers("--size=500", "--read=500");
        Assert.Equal("EPOLLIN - EPOLLIN EPOLLIN", Answers(text.Split("\n\n")[0]));
        Assert.Contains("Nothing is left to read", text);
        Assert.DoesNotContain("NOT AS EPOLL", text);
    }

    [Fact]
    public void Lab_triggers_says_so_when_the_receive_buffer_is_too_small()
    {
        Finished finished = Tools.Run(Tools.Binary, "lab", "triggers", "--size=64M");
        Assert.Equal(1, finished.Status);
        Assert.Matches(
            @"^epollecho: lab: only \d+ of 67108864 B have arrived: .*give a smaller --size\n$",
            finished.Error);
        Assert.Empty(finished.Output);
    }

    [Theory]
    [InlineData("lab", "an experiment is missing; expected triggers or pollers")]
    [InlineData("lab echo", "'echo' is not valid; expected triggers or pollers")]
    [InlineData("lab triggers --size=0", "--size: '0' is not valid; expected a size from 1")]
    [InlineData("lab triggers --size=65M", "--size: '65M' is not valid")]
    [InlineData("lab triggers --read=x", "--read: 'x' is not valid")]
    [InlineData("lab triggers --size=10 --read=11", "--read: '11' is not valid; expected at most")]
    [InlineData("lab triggers now", "'now' is not valid")]
    [InlineData("lab pollers --connections=0", "--connections: '0' is not valid; expected 1 to 8")]
    [InlineData("lab pollers --connections=9,8", "--connections: '9,8' is not valid")]
    [InlineData("lab pollers --active=0", "--active: '0' is not valid; expected a number from 1")]
    [InlineData("lab pollers --duration=0", "--duration: '0' is not valid; expected a time from")]
    [InlineData("lab pollers --svg=", "--svg: '' is not valid; expected the name of a file")]
    public void Lab_refuses_what_it_cannot_do(string words, string message)
    {
        Finished finished = Tools.Run(Tools.Binary, words.Split(' '));
        Assert.Equal(64, finished.Status);
        Assert.Contains(message, finished.Error);
        Assert.Empty(finished.Output);
    }

    [Theory]
    [InlineData("lab --help", "triggers ")]
    [InlineData("lab triggers --help", "--read=SIZE")]
    [InlineData("lab pollers --help", "--connections=COUNTS")]
    public void Lab_has_help(string words, string expected)
    {
        Finished finished = Tools.Run(Tools.Binary, words.Split(' '));
        Assert.Equal(0, finished.Status);
        Assert.Contains(expected, finished.Output);
        Assert.Empty(finished.Error);
    }

    [Fact]
    public void Lab_pollers_prints_a_row_for_each_combination_and_draws_a_line_for_each()
    {
        using TemporaryFolder folder = new();
        string chart = folder.File("chart.svg");
        string[] lines = RunPollers("--connections=50,1100", $"--svg={chart}").Split(
            '\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1 + 12, lines.Length);
        string[] names = [.. lines[1..7].Select(line => line[13..37].TrimEnd())];
        Assert.Equal(
            [
                "select  level    eager", "poll    level    eager", "epoll   level    eager",
                "epoll   edge     eager", "epoll   level    rearm", "epoll   edge     rearm",
            ],
            names);
        Assert.EndsWith(SelectReason, lines[7]);
        Assert.All(
            lines[1..].Where(line => !line.EndsWith(SelectReason, StringComparison.Ordinal)),
            line => Assert.Matches(
                @"^ +(50|1100) .* [1-9]\d* +\d+\.\d{3} +\d+\.\d{3} +\d+$", line));
        XDocument document = XDocument.Load(chart);
        Assert.Equal(6, document.Descendants().Count(part => part.Name.LocalName == "polyline"));
        Assert.Contains("epoll, edge, rearm", document.Root!.Value);
        Assert.Contains(
            "select, level, eager, 1100 connections: " + SelectReason, document.Root.Value);
    }

    [Fact]
    public void Lab_pollers_has_the_same_rows_as_JSON_and_as_CSV()
    {
        string[] options = ["--connections=20,1100", "--active=3"];
        using JsonDocument json = JsonDocument.Parse(RunPollers([.. options, "--json"]));
        string[] csv = RunPollers([.. options, "--csv"]).Split(
            '\n', StringSplitOptions.RemoveEmptyEntries);
        string[] fields = csv[0].Split(',');
        Assert.Equal(12, json.RootElement.GetArrayLength());
        Assert.Equal(1 + 12, csv.Length);
        for (int i = 0; i < 12; i++)
        {
            JsonElement row = json.RootElement[i];
            string[] cells = csv[i + 1].Split(',');
            Assert.Equal(fields.Length, cells.Length);
            Assert.Equal(fields, row.EnumerateObject().Select(member => member.Name));
            Assert.All(fields.Zip(cells), pair => Assert.Equal(
                pair.Second == "", row.GetProperty(pair.First).ValueKind == JsonValueKind.Null));
            for (int j = 0; j < 5; j++)
                Assert.Equal(row.GetProperty(fields[j]).ToString(), cells[j]);
            if (cells[^1] != "") continue;
            Assert.True(row.GetProperty("echoes").GetInt64() >= 3);
            Assert.True(row.GetProperty("elapsed_ns").GetInt64() >= 20_000_000);
        }
        Assert.Equal(SelectReason, json.RootElement[6].GetProperty("omitted").GetString());
    }

    [Fact]
    public void Lab_pollers_leaves_out_what_the_limit_on_open_files_does_not_allow()
    {
        Finished finished = Tools.Shell(
            "ulimit -n 200; exec \"$@\"", Tools.Binary, "lab", "pollers",
            "--connections=10,300", "--duration=10ms", "--csv");
        Assert.Equal(0, finished.Status);
        Assert.Empty(finished.Error);
        Assert.Equal(6, Regex.Count(
            finished.Output, "^.*,300,10,,,,,,,,needs more open files than the limit of 200$",
            RegexOptions.Multiline));
    }

    [Fact]
    public void Lab_pollers_tells_of_a_chart_that_cannot_be_written_before_it_measures()
    {
        Finished finished = Tools.Run(Tools.Binary, "lab", "pollers", "--svg=/nowhere/chart.svg");
        Assert.Equal(1, finished.Status);
        Assert.Equal(
            "epollecho: lab: cannot write the chart: No such file or directory (ENOENT)\n",
            finished.Error);
        Assert.Empty(finished.Output);
    }

    [Fact]
    public void Lab_pollers_tells_of_a_server_that_dies()
    {
        // As soon as the lab has a child, kills it.
        Finished finished = Tools.Shell(
            "\"$@\" & lab=$!; until child=$(cat /proc/$lab/task/*/children) && [ \"$child\" ];"
                + " do :; done; kill -KILL $child; wait $lab",
            Tools.Binary, "lab", "pollers", "--connections=10", "--duration=60s");
        Assert.Equal(1, finished.Status);
        Assert.Contains("epollecho: lab: the server was ended by signal 9\n", finished.Error);
    }

    [Fact]
    public void Lab_pollers_that_fails_leaves_valid_JSON()
    {
        Finished finished = Tools.Shell(
            "\"$@\" & lab=$!; until child=$(cat /proc/$lab/task/*/children) && [ \"$child\" ];"
                + " do :; done; kill $lab; wait $lab",
            Tools.Binary, "lab", "pollers", "--json", "--connections=10", "--duration=60s");
        Assert.Equal(143, finished.Status);
        using JsonDocument json = JsonDocument.Parse(finished.Output);
        Assert.Equal(0, json.RootElement.GetArrayLength());
    }

    [Fact]
    public void Lab_pollers_tells_of_Ctrl_C_and_not_of_its_server()
    {
        // To the whole process group, as a terminal sends it; ignored where a shell starts jobs.
        Finished finished = Tools.Shell(
            "env --default-signal=INT setsid \"$@\" & lab=$!;"
                + " until child=$(cat /proc/$lab/task/*/children) && [ \"$child\" ]; do :; done;"
                + " kill -INT -$lab; wait $lab; status=$?;"
                + " [ ! -e /proc/${child% } ] || exit 9; exit $status",
            Tools.Binary, "lab", "pollers", "--connections=10", "--duration=60s");
        Assert.Equal("epollecho: lab: interrupted\n", finished.Error);
        Assert.Equal(130, finished.Status);
    }

    [Fact]
    public void Lab_pollers_that_is_killed_takes_its_server_along()
    {
        // At once, again and again: also before the server knows its parent.
        Finished finished = Tools.Shell(
            "for i in 1 2 3 4 5 6 7 8; do \"$@\" & lab=$!;"
                + " until child=$(cat /proc/$lab/task/*/children) && [ \"$child\" ]; do :; done;"
                + " child=${child% }; kill -KILL $lab;"
                + " while [ -e /proc/$child ] && ! grep -q '^State:.Z' /proc/$child/status;"
                + " do sleep 0.01; done; done",
            Tools.Binary, "lab", "pollers", "--connections=10", "--duration=60s");
        Assert.Equal(0, finished.Status);
    }

    [Fact]
    public void Lab_pollers_ends_with_its_server_on_SIGTERM()
    {
        Finished finished = Tools.Shell(
            "\"$@\" & lab=$!; until child=$(cat /proc/$lab/task/*/children) && [ \"$child\" ];"
                + " do :; done; kill $lab; wait $lab; status=$?;"
                + " [ ! -e /proc/${child% } ] || exit 9; exit $status",
            Tools.Binary, "lab", "pollers", "--connections=10", "--duration=60s");
        Assert.Equal(143, finished.Status);
        Assert.Equal("epollecho: lab: interrupted\n", finished.Error);
    }

    [Fact]
    public void Lab_pollers_heeds_nohup()
    {
        // Of two signals that are due, the one with the lesser number is told: SIGHUP.
        Finished finished = Tools.Shell(
            "nohup \"$@\" & lab=$!; until child=$(cat /proc/$lab/task/*/children)"
                + " && [ \"$child\" ]; do :; done; kill -HUP $lab; kill $lab; wait $lab",
            Tools.Binary, "lab", "pollers", "--connections=10", "--duration=60s");
        Assert.Equal(143, finished.Status);
    }

    private static string RunTriggers(params string[] options) => Run(["triggers", .. options]);

    private static string RunPollers(params string[] options) =>
        Run(["pollers", "--duration=20ms", .. options]);

    private static string Run(string[] words)
    {
        Finished finished = Tools.Run(Tools.Binary, ["lab", .. words]);
        Assert.Empty(finished.Error);
        Assert.Equal(0, finished.Status);
        return finished.Output;
    }

    /// <summary>What epoll_wait said, one after the other: the mask's name, or a dash.</summary>
    private static string Answers(string text) => string.Join(' ', Regex.Matches(
        text, @"epoll_wait -> \[(\(\d+, 0x1 (\w+)\))?\]$", RegexOptions.Multiline)
        .Select(match => match.Groups[2].Success ? match.Groups[2].Value : "-"));
}
