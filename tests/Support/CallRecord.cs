// The calls by which a server waits and accepts, as strace(1) records them while it runs.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace Epollecho.Tests.Support;

internal sealed partial class CallRecord(string file)
{
    private const string Calls =
        "trace=accept4,?epoll_wait,?epoll_pwait,?epoll_pwait2,?poll,?ppoll,?select,?pselect6";

    /// <summary>What to start a server under.</summary>
    public string[] Wrapper(params string[] more)
    {
        Tools.Require("strace", "strace");
        return ["strace", "-f", "-o", file, "-e", Calls, .. more];
    }

    public static bool IsAccept(string call) =>
        call.Contains(" accept4(", StringComparison.Ordinal);

    /// <summary>Waits until the server has slept so many times from now until a time limit of its
    /// own was over; the calls of each round from one such sleep to the next.</summary>
    public IReadOnlyList<string[]> AwaitSleeps(int count)
    {
        int before = Read().Length;
        string[] calls = [];
        int[] sleeps = [];
        Tools.Eventually(
            () =>
            {
                calls = Read()[before..];
                sleeps = [.. Enumerable.Range(0, calls.Length).Where(
                    i => HasSlept().IsMatch(calls[i]))];
                return sleeps.Length > count;
            },
            "the server sleeps");
        return [.. sleeps.Skip(1).Zip(
            sleeps, (end, start) => calls[(start + 1)..(end + 1)])];
    }

    private string[] Read()
    {
        string text = File.ReadAllText(file);
        return text[..(text.LastIndexOf('\n') + 1)].Split(
            '\n', StringSplitOptions.RemoveEmptyEntries);
    }

    // epoll_wait(4, [], 256, 100) = 0, poll([...], 3, 100) = 0 (Timeout),
    // pselect6(9, ..., {tv_sec=0, tv_nsec=100000000}, NULL) = 0 (Timeout); not those of time 0.
    [GeneratedRegex(
        @"(, [1-9]\d*(, NULL, 8)?|\{tv_sec=(0, tv_nsec=[1-9]|[1-9]).*)\) += 0( \(Timeout\))?$")]
    private static partial Regex HasSlept();
}
