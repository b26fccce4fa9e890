// A running server: the published binary, its port, its log, its end. Its stderr is part of what
// is tested: Stop() fails on a line that the test has not expected.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.Support;

internal sealed partial class EchoServerProcess : IDisposable
{
    private readonly Process process;
    private readonly List<string> log = [];
    private readonly BackgroundWork logging;

    private EchoServerProcess(string program, IEnumerable<string> arguments)
    {
        process = Process.Start(Tools.StartInfo([], program, arguments))!;
        Pid = process.Id;
        logging = BackgroundWork.Start(ReadLog);
    }

    /// <summary>The process to signal and to look at.</summary>
    public int Pid { get; private set; }

    public int Port { get; private set; }

    public IReadOnlyList<string> Log
    {
        get
        {
            lock (log) return [.. log];
        }
    }

    /// <summary>Starts the binary on a free port and waits until it listens.</summary>
    public static EchoServerProcess Start(ServerModes mode, params string[] options) =>
        StartUnder(mode, [], options);

    public static EchoServerProcess Start(params string[] options) =>
        Start(ServerModes.Default, options);

    /// <summary>As <see cref="Start(ServerModes, string[])"/>, under a wrapper that executes what
    /// follows it, as in sh -c 'ulimit -n 32; exec "$@"' sh.</summary>
    public static EchoServerProcess StartUnder(
        ServerModes mode, string[] wrapper, string[] options, string? binary = null)
    {
        string[] words = [.. wrapper, binary ?? Tools.Binary, "-p", "0",
            .. ServerModeOptions.Of(mode), .. options];
        EchoServerProcess server = new(words[0], words[1..]);
        try
        {
            Tools.Eventually(
                () => server.PortInLog() != 0 || server.process.HasExited, "the server listens");
            Assert.False(server.process.HasExited, string.Join('\n', server.Log));
            server.Port = server.PortInLog();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Starts it under a wrapper that goes on living as its parent (strace, unshare);
    /// signals go to the server itself.</summary>
    public static EchoServerProcess StartAsChildOf(
        ServerModes mode, string[] wrapper, string[] options, string? binary = null)
    {
        EchoServerProcess server = StartUnder(mode, wrapper, options, binary);
        string children = $"/proc/{server.Pid}/task/{server.Pid}/children";
        server.Pid = int.Parse(
            File.ReadAllText(children).Trim().Split(' ')[0], CultureInfo.InvariantCulture);
        return server;
    }

    /// <summary>As a shell would: sh -c SCRIPT, where "$@" is the server.</summary>
    public static EchoServerProcess StartInShell(
        ServerModes mode, string script, params string[] options) =>
        StartUnder(mode, ["/bin/sh", "-c", script, "sh"], options);

    public EchoClient Connect() => EchoClient.Connect(Port);

    public void Signal(int signal) =>
        Assert.Equal(0, LibC.kill((pid_t)Pid, signal));

    public bool HasExited => process.HasExited;

    public int WaitForExit()
    {
        Assert.True(process.WaitForExit(Tools.Patience), "the server has not ended");
        logging.Join();
        return process.ExitCode;
    }

    /// <summary>SIGTERM, exit 0, and no line in the log but the usual ones and those that
    /// <paramref name="expected"/> (regular expressions) allows. The last statistics.</summary>
    public Dictionary<string, long> Stop(params string[] expected)
    {
        Signal(LibC.SIGTERM);
        return AwaitStop(expected);
    }

    public Dictionary<string, long> AwaitStop(params string[] expected)
    {
        Assert.Equal(0, WaitForExit());
        string[] usual = ["^epollecho: (listening on|stopping:|statistics:) ", .. expected];
        Assert.All(Log, line => Assert.Contains(usual, pattern => Regex.IsMatch(line, pattern)));
        return ParseStatistics(Log[^1]);
    }

    /// <summary>Sends SIGUSR1 and returns the numbers of the line it prints.</summary>
    public Dictionary<string, long> AskStatistics()
    {
        int before = CountStatistics();
        Signal(LibC.SIGUSR1);
        Tools.Eventually(() => CountStatistics() > before, "the server prints statistics");
        return ParseStatistics(Log.Last(IsStatistics));
    }

    public void AwaitStatistics(string name, long value) =>
        Tools.Eventually(() => AskStatistics()[name] == value, $"{name} is {value}");

    public void AwaitLog(string pattern) => Tools.Eventually(
        () => Log.Any(line => Regex.IsMatch(line, pattern)), $"the log has a line {pattern}");

    /// <summary>How many descriptors it has with numbers below <paramref name="limit"/>: it may
    /// have inherited some from before a ulimit -n.</summary>
    public int DescriptorsBelow(int limit) =>
        Directory.GetFiles($"/proc/{Pid}/fd").Count(
            path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture) < limit);

    /// <summary>Whether its loop sleeps in the kernel: it has nothing to do.</summary>
    public bool IsWaiting()
    {
        string status = File.ReadAllText($"/proc/{Pid}/stat");
        return status[status.LastIndexOf(')') + 2] == 'S';
    }

    /// <summary>Memory of its own: without pages of its file, which come and go.</summary>
    public long AnonymousBytes()
    {
        string line = File.ReadLines($"/proc/{Pid}/status").First(
            text => text.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) * 1024;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            _ = LibC.kill((pid_t)Pid, LibC.SIGKILL);
            if (!process.WaitForExit(2000)) process.Kill();
            process.WaitForExit();
        }
        process.Dispose();
    }

    private static bool IsStatistics(string line) =>
        line.StartsWith("epollecho: statistics:", StringComparison.Ordinal);

    private int CountStatistics() => Log.Count(IsStatistics);

    public static Dictionary<string, long> ParseStatistics(string line)
    {
        Assert.True(IsStatistics(line), line);
        return NumberField().Matches(line).ToDictionary(
            match => match.Groups[1].Value,
            match => long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    private int PortInLog()
    {
        Match match = Regex.Match(
            string.Join('\n', Log), @"^epollecho: listening on .*:(\d+)$", RegexOptions.Multiline);
        return match.Success
            ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : 0;
    }

    private void ReadLog()
    {
        while (process.StandardError.ReadLine() is { } line)
            lock (log) log.Add(line);
    }

    [GeneratedRegex(@"(\w+)=(\d+)")]
    private static partial Regex NumberField();
}
