// A program that a test watches and signals while it runs, for what it has printed so far.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.RegularExpressions;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.Support;

internal sealed class RunningProgram : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder error = new();
    private readonly BackgroundWork[] reading;

    private RunningProgram(ProcessStartInfo info)
    {
        process = Process.Start(info)!;
        reading =
        [
            BackgroundWork.Start(() => Read(process.StandardOutput, output)),
            BackgroundWork.Start(() => Read(process.StandardError, error)),
        ];
    }

    public int Pid => process.Id;

    public bool HasExited => process.HasExited;

    public static RunningProgram Start(string program, params string[] arguments) =>
        StartWith([], program, arguments);

    public static RunningProgram StartWith(
        Dictionary<string, string> environment, string program, params string[] arguments) =>
        new(Tools.StartInfo(environment, program, arguments));

    /// <summary>Waits until its stdout has a match.</summary>
    public Match AwaitOutput(string pattern) => Await(output, pattern);

    /// <summary>Waits until its stderr has a match.</summary>
    public Match AwaitError(string pattern) => Await(error, pattern);

    public void Signal(int signal) => Assert.Equal(0, LibC.kill((pid_t)Pid, signal));

    /// <summary>The process that it has started, as strace(1) does.</summary>
    public int Child() => int.Parse(
        File.ReadAllText($"/proc/{Pid}/task/{Pid}/children").Trim().Split(' ')[0],
        CultureInfo.InvariantCulture);

    public void Type(string input)
    {
        process.StandardInput.Write(input);
        process.StandardInput.Flush();
    }

    public void EndInput() => process.StandardInput.Close();

    /// <summary>Waits for its end; all that it has printed.</summary>
    public Finished Finish()
    {
        Assert.True(process.WaitForExit(Tools.Patience), "the program has not ended");
        foreach (BackgroundWork one in reading) one.Join();
        return new Finished(process.ExitCode, Text(output), Text(error));
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
        process.Dispose();
    }

    private Match Await(StringBuilder stream, string pattern)
    {
        Match match = Match.Empty;
        Tools.Eventually(
            () =>
            {
                bool ended = process.HasExited; // before it is looked at for the last time
                match = Regex.Match(Text(stream), pattern, RegexOptions.Multiline);
                if (match.Success || !ended) return match.Success;
                Finished finished = Finish();
                match = Regex.Match(Text(stream), pattern, RegexOptions.Multiline);
                Assert.True(match.Success, $"it has ended without {pattern}: {finished}");
                return true;
            },
            $"it prints {pattern}");
        return match;
    }

    private static void Read(StreamReader stream, StringBuilder text)
    {
        char[] block = new char[4096];
        for (int count; (count = stream.Read(block)) > 0;)
            lock (text) text.Append(block, 0, count);
    }

    private static string Text(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}
