// What the tests use of the machine: files of the project, programs, waiting for a condition.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Xunit;

namespace Epollecho.Tests.Support;

internal sealed record Finished(int Status, string Output, string Error);

internal static class Tools
{
    /// <summary>The longest that anything may take before a test gives up on it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static string Root { get; } =
        Environment.GetEnvironmentVariable("EPOLLECHO_ROOT")
        ?? throw new InvalidOperationException("run the tests with ./build.sh test");

    public static string Binary { get; } = Path.Combine(Root, "epollecho");

    public static string AllocatingBinary { get; } =
        Path.Combine(Root, "artifacts", "epollecho-allocating");

    private static bool IsCi => Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>Skips the test where a program is missing, and fails it in CI, where it must be.
    /// </summary>
    public static void Require(string program, string package)
    {
        string path = Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin";
        bool found = path.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
        Need(found, $"{program} is missing; install it: apt-get install {package}");
    }

    public static void RequireRoot() => Need(Environment.UserName == "root", "needs root");

    public static void Need(bool condition, string reason)
    {
        if (condition) return;
        Assert.False(IsCi, reason);
        Assert.Skip(reason);
    }

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    public static Finished Run(string program, params string[] arguments) =>
        RunWith([], program, arguments);

    public static Finished RunWith(
        Dictionary<string, string> environment, string program, params string[] arguments)
    {
        using Process process = Process.Start(StartInfo(environment, program, arguments))!;
        process.StandardInput.Close();
        System.Threading.Tasks.Task<string> output = process.StandardOutput.ReadToEndAsync();
        System.Threading.Tasks.Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} has not ended");
        }
        return new Finished(process.ExitCode, output.Result, error.Result);
    }

    public static Finished Shell(string script, params string[] arguments) =>
        Run("/bin/sh", ["-c", script, "sh", .. arguments]);

    public static ProcessStartInfo StartInfo(
        Dictionary<string, string> environment, string program, IEnumerable<string> arguments)
    {
        ProcessStartInfo info = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string name in info.Environment.Keys.ToList())
            if (name.StartsWith("EPOLLECHO_", StringComparison.Ordinal))
                info.Environment.Remove(name);
        foreach ((string name, string value) in environment) info.Environment[name] = value;
        return info;
    }

    /// <summary>Waits until the condition holds, and fails the test if it never does.</summary>
    public static void Eventually(Func<bool> condition, string what)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < Patience, "it never came about that " + what);
            Thread.Sleep(5);
        }
    }

    public static byte[] RandomBytes(int count, int seed = 1)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
