// Options, environment, messages and exit statuses.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class OptionTests
{
    [Theory]
    [InlineData("--port", "65536", "a port number from 0 to 65535")]
    [InlineData("--port", "-1", "a port number")]
    [InlineData("--port", "http", "a port number")]
    [InlineData("--port", "", "a port number")]
    [InlineData("--bind", "localhost", "an IPv4 or IPv6 address")]
    [InlineData("--bind", "300.1.1.1", "an IPv4 or IPv6 address")]
    [InlineData("--bind", "", "an IPv4 or IPv6 address")]
    [InlineData("--backlog", "0", "a number from 1")]
    [InlineData("--backlog", "4k", "a number from 1")]
    [InlineData("--port-file", "", "the name of a file")]
    [InlineData("--buffer", "0", "a size from 1 to 16M")]
    [InlineData("--buffer", "17M", "a size from 1 to 16M")]
    [InlineData("--max-connections", "0", "a number from 1 to 16777216")]
    [InlineData("--max-connections", "16777217", "a number from 1 to 16777216")]
    [InlineData("--max-memory", "64X", "a size from 0 to 1024G")]
    [InlineData("--max-memory", "1025G", "a size from 0 to 1024G")]
    [InlineData("--busy-poll", "1000001", "microseconds, from 0 to 1000000")]
    [InlineData("--splice", "on", "auto or off")]
    [InlineData("--grace", "soon", "a time from 0 to 1440m")]
    [InlineData("--grace", "1441m", "a time from 0 to 1440m")]
    public void A_bad_value_is_named_with_what_is_allowed(
        string option, string value, string allowed)
    {
        Finished finished = Tools.Run(Tools.Binary, $"{option}={value}");
        AssertRefused(finished, $"epollecho: {option}: '{value}' is not valid; expected {allowed}");
    }

    [Theory]
    [InlineData("EPOLLECHO_PORT", "70000", "a port number from 0 to 65535")]
    [InlineData("EPOLLECHO_BIND", "127.0.0.1,nowhere", "an IPv4 or IPv6 address")]
    [InlineData("EPOLLECHO_BACKLOG", "many", "a number from 1")]
    [InlineData("EPOLLECHO_BUFFER", "-5", "a size from 1")]
    [InlineData("EPOLLECHO_MAX_CONNECTIONS", "0", "a number from 1")]
    [InlineData("EPOLLECHO_MAX_MEMORY", "lots", "a size from 0")]
    [InlineData("EPOLLECHO_GRACE", "5h", "a time from 0")]
    [InlineData("EPOLLECHO_VERBOSE", "3", "0, 1 or 2")]
    [InlineData("EPOLLECHO_QUIET", "maybe", "yes or no")]
    public void A_bad_value_in_the_environment_is_named_likewise(
        string variable, string value, string allowed)
    {
        Finished finished = Tools.RunWith(
            new() { [variable] = value }, Tools.Binary, "--port=0");
        AssertRefused(
            finished, $"epollecho: {variable}: '{value}' is not valid; expected {allowed}");
    }

    [Theory]
    [InlineData("--no-such-option")]
    [InlineData("-x")]
    [InlineData("-p")]
    [InlineData("--port")]
    [InlineData("--quiet=yes")]
    public void What_is_no_option_is_refused(string word)
    {
        Finished finished = Tools.Run(Tools.Binary, word);
        Assert.Equal(64, finished.Status);
        Assert.Contains("epollecho --help", finished.Error);
        Assert.Empty(finished.Output);
    }

    [Theory]
    [InlineData("listen")]
    [InlineData("7080")]
    public void A_word_that_is_no_command_is_refused(string word) => AssertRefused(
        Tools.Run(Tools.Binary, word), $"epollecho: argument: '{word}' is not valid; expected ");

    [Fact]
    public void More_than_16_addresses_are_refused()
    {
        string[] words = new string[17];
        Array.Fill(words, "-b127.0.0.1");
        AssertRefused(
            Tools.Run(Tools.Binary, words),
            "epollecho: --bind: '127.0.0.1' is not valid; expected at most 16 addresses");
    }

    // That it names every option is shown with the docs' tables, by OptionDocsTests.
    [Theory]
    [InlineData]
    [InlineData("serve")]
    [InlineData("client")]
    [InlineData("ping")]
    [InlineData("bench")]
    [InlineData("lab")]
    [InlineData("lab", "triggers")]
    [InlineData("lab", "pollers")]
    public void Help_goes_to_stdout_with_what_every_command_has(params string[] command)
    {
        Finished finished = Tools.Run(Tools.Binary, [.. command, "--help"]);
        Assert.Equal(0, finished.Status);
        Assert.Empty(finished.Error);
        Assert.StartsWith(
            $"Usage: {string.Join(' ', ["epollecho", .. command])} ", finished.Output);
        string[] names = ["-V, --version", "-?, --help", "--usage"];
        Assert.All(names, name => Assert.Contains(name, finished.Output));
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("-V")]
    public void Version_names_the_commit(string option)
    {
        Finished finished = Tools.Run(Tools.Binary, option);
        Assert.Equal(0, finished.Status);
        Assert.Empty(finished.Error);
        Assert.Matches(@"^epollecho \d+\.\d+\.\d+ \(commit ([0-9a-f]{12}|unknown)\)\n$",
            finished.Output);
    }

    [Fact]
    public void The_environment_gives_options_and_the_command_line_wins()
    {
        using TemporaryFolder folder = new();
        string portFile = folder.File("port");
        Dictionary<string, string> environment = new()
        {
            ["EPOLLECHO_PORT"] = "1", // would fail, or be another port than the file says
            ["EPOLLECHO_BIND"] = "192.0.2.1,192.0.2.2",
            ["EPOLLECHO_PORT_FILE"] = portFile,
            ["EPOLLECHO_VERBOSE"] = "2",
            ["EPOLLECHO_GRACE"] = "1ms",
        };
        ProcessStartInfo info = Tools.StartInfo(
            environment, Tools.Binary, ["serve", "--port=0", "-b", "127.0.0.1"]);
        using Process process = Process.Start(info)!;
        try
        {
            Tools.Eventually(() => File.Exists(portFile), "the port file is there");
            int port = int.Parse(File.ReadAllText(portFile), CultureInfo.InvariantCulture);
            using (EchoClient client = EchoClient.Connect(port)) client.AssertEchoes([1]);
            _ = LibC.kill((pid_t)process.Id, LibC.SIGTERM);
            Assert.True(process.WaitForExit(Tools.Patience));
            Assert.Equal(0, process.ExitCode);
            string log = process.StandardError.ReadToEnd();
            Assert.StartsWith($"epollecho: listening on 127.0.0.1:{port}\n", log);
            Assert.Contains("accepted 127.0.0.1:", log);
            Assert.Empty(process.StandardOutput.ReadToEnd());
            Assert.False(File.Exists(portFile), "the port file is still there");
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "-v", 1)]
    [InlineData("", "-vv", 2)]
    [InlineData("", "-vvv", 2)]
    [InlineData("", "-qv", 1)]
    [InlineData("", "-vvqv", 1)]
    [InlineData("EPOLLECHO_VERBOSE=0", "-v", 1)]
    [InlineData("EPOLLECHO_VERBOSE=1", "", 1)]
    [InlineData("EPOLLECHO_VERBOSE=1", "-v", 1)]
    [InlineData("EPOLLECHO_VERBOSE=2", "-v", 1)]
    [InlineData("EPOLLECHO_VERBOSE=1", "-vv", 2)]
    [InlineData("EPOLLECHO_VERBOSE=2", "-qv", 1)]
    [InlineData("EPOLLECHO_VERBOSE=2 EPOLLECHO_QUIET=no", "", 2)]
    [InlineData("EPOLLECHO_QUIET=yes", "-v", 1)]
    [InlineData("EPOLLECHO_QUIET=yes", "-vv", 2)]
    public void Verbose_counts_on_the_command_line_anew(
        string variables, string words, int level)
    {
        string[] wrapper = ["/usr/bin/env", .. Split(variables)];
        using EchoServerProcess server = EchoServerProcess.StartUnder(
            ServerModes.Default, wrapper, Split(words));
        server.Connect().Dispose(); // never sends a byte: announced at level 2
        using (EchoClient client = server.Connect()) client.AssertEchoes([1]);
        server.Stop("^epollecho: (accepted|closed) ");
        Assert.Equal(level, server.Log.Count(line => line.Contains(" accepted ")));
    }

    [Theory]
    [InlineData("", "-q")]
    [InlineData("", "-vvq")]
    [InlineData("EPOLLECHO_QUIET=1", "")]
    [InlineData("EPOLLECHO_VERBOSE=2", "-q")]
    [InlineData("EPOLLECHO_VERBOSE=2 EPOLLECHO_QUIET=1", "")]
    public void Quiet_wins_over_what_came_before_it(string variables, string words)
    {
        Finished finished = Tools.Shell(
            "exec timeout --preserve-status -s TERM 0.3 env \"$@\"",
            [.. Split(variables), Tools.Binary, "-p0", .. Split(words)]);
        Assert.Equal(0, finished.Status);
        Assert.Empty(finished.Error);
    }

    [Theory]
    [InlineData("EPOLLECHO_TRIGGER=edge", "--poller=poll", "EPOLLECHO_TRIGGER: 'edge'", "level")]
    [InlineData(
        "EPOLLECHO_TRIGGER=level", "--poller=poll --trigger=edge", "--trigger: 'edge'", "level")]
    [InlineData("EPOLLECHO_READ=1k", "lab triggers --size=10", "EPOLLECHO_READ: '1k'", "at most")]
    [InlineData("EPOLLECHO_RATE=7", "bench --churn", "EPOLLECHO_RATE: '7'", "neither")]
    public void What_does_not_go_with_another_option_is_named_by_where_it_came_from(
        string variable, string words, string name, string allowed)
    {
        string[] parts = variable.Split('=');
        Finished finished = Tools.RunWith(
            new() { [parts[0]] = parts[1] }, Tools.Binary, Split(words));
        Assert.Equal(64, finished.Status);
        Assert.StartsWith(
            $"epollecho: {name} is not valid; expected {allowed}", finished.Error);
    }

    [Fact]
    public void Every_command_is_named_by_help_and_by_the_message_for_a_word_that_is_none()
    {
        string help = Tools.Run(Tools.Binary, "--help").Output;
        string message = Tools.Run(Tools.Binary, "listen").Error;
        Assert.Contains(
            "an option, or first of all a command: serve, client, ping, bench or lab\n", message);
        foreach (string command in (string[])["serve", "client", "ping", "bench", "lab"])
        {
            Assert.Matches($"(?m)^  {command} +\\S", help);
            Finished own = Tools.Run(Tools.Binary, command, "--help");
            Assert.StartsWith($"Usage: epollecho {command} ", own.Output);
        }
    }

    [Theory]
    [InlineData("-p0", "-v")]
    [InlineData("-vp0")]
    [InlineData("--port=0", "--verb", "--grac=1s")]
    [InlineData("serve", "-p", "0", "-v")]
    public void Options_may_be_bundled_abbreviated_and_in_any_order(params string[] words)
    {
        using RunningProgram server = RunningProgram.Start(Tools.Binary, words);
        server.AwaitError("^epollecho: listening on .*\n");
        server.Signal(LibC.SIGTERM);
        Finished finished = server.Finish();
        Assert.Equal(0, finished.Status);
        Assert.Matches("^epollecho: listening on ", finished.Error);
    }

    [Fact]
    public void A_port_in_use_is_told_with_its_address()
    {
        using EchoServerProcess server = EchoServerProcess.Start("-b", "127.0.0.1");
        Finished second = Tools.Run(
            Tools.Binary, $"--port={server.Port}", "--bind=127.0.0.1");
        Assert.Equal(1, second.Status);
        Assert.Equal(
            $"epollecho: cannot listen on 127.0.0.1:{server.Port}: "
            + "Address already in use (EADDRINUSE)\n",
            second.Error);
        server.Stop();
    }

    [Fact]
    public void An_address_of_another_machine_is_told()
    {
        Finished finished = Tools.Run(Tools.Binary, "-p7080", "-b", "192.0.2.1");
        Assert.Equal(1, finished.Status);
        Assert.Equal(
            "epollecho: cannot listen on 192.0.2.1:7080: "
            + "Cannot assign requested address (EADDRNOTAVAIL)\n",
            finished.Error);
    }

    [Fact]
    public void A_port_without_permission_is_told()
    {
        Tools.Require("strace", "strace");
        // As the kernel answers an ordinary user for port 80.
        Finished finished = Tools.Run(
            "strace", "-f", "-o", "/dev/null", "-e", "inject=bind:error=EACCES",
            Tools.Binary, "-p", "80", "-b", "127.0.0.1");
        Assert.Equal(1, finished.Status);
        Assert.Equal(
            "epollecho: cannot listen on 127.0.0.1:80: Permission denied (EACCES)\n",
            finished.Error);
    }

    [Fact]
    public void A_port_file_that_cannot_be_written_is_told()
    {
        Finished finished = Tools.Run(
            Tools.Binary, "-p0", "--port-file=/no/such/folder/port");
        Assert.Equal(1, finished.Status);
        Assert.Equal(
            "epollecho: cannot write the port to /no/such/folder/port: "
            + "No such file or directory (ENOENT)\n",
            finished.Error);
    }

    [Fact]
    public void The_port_file_may_be_a_pipe()
    {
        using RunningProgram server = RunningProgram.Start(
            Tools.Binary, "-p0", "--port-file=/dev/stdout");
        server.AwaitOutput(@"^\d+\n");
        server.AwaitError("^epollecho: listening on .*\n");
        server.Signal(LibC.SIGTERM);
        Finished finished = server.Finish();
        Assert.Equal(0, finished.Status);
        Assert.Matches(@"^\d+\n$", finished.Output);
        Assert.Contains($":{finished.Output.Trim()}\n", finished.Error);
    }

    private static string[] Split(string words) =>
        words.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static void AssertRefused(Finished finished, string message)
    {
        Assert.Equal(64, finished.Status);
        Assert.StartsWith(message, finished.Error);
        Assert.EndsWith("epollecho: try 'epollecho --help' for the options\n", finished.Error);
        Assert.Empty(finished.Output);
    }
}
