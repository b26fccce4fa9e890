// The kinds of failures: each errno has one, each has a word of its own, a report lists them all,
// and the documentation says of each what the program says.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed class FailureTests
{
    private const int LastErrno = 133; // EHWPOISON, errno(3)

    private static readonly Failure[] Kinds =
        [.. Enum.GetValues<Failure>().Where(kind => kind != Failure.None)];

    [Fact]
    public void Every_errno_is_a_failure_of_a_known_kind()
    {
        int named = 0;
        for (int errno = 1; errno <= LastErrno; errno++)
        {
            Assert.Contains(Failure.Of(errno), Kinds);
            if (Text(Errno.Name(errno)) != "E?") named++;
        }
        Assert.True(named > 120, $"only {named} of them have names");
        Assert.Equal(Failure.None, Failure.Of(0));
        Assert.Equal(Failure.Other, Failure.Of(LastErrno + 1));
        Assert.Equal(Failure.Other, Failure.Of(int.MaxValue));
    }

    [Fact]
    public void The_errnos_that_are_not_OTHER_are_these()
    {
        Dictionary<int, Failure> expected = new()
        {
            [LibC.ETIMEDOUT] = Failure.Timeout,
            [LibC.ECONNREFUSED] = Failure.Refused,
            [LibC.ECONNRESET] = Failure.Reset,
            [LibC.EPIPE] = Failure.Reset,
            [LibC.ENOTCONN] = Failure.Reset,
            [LibC.EMFILE] = Failure.Limit,
            [LibC.ENFILE] = Failure.Limit,
            [LibC.ENOMEM] = Failure.Limit,
            [LibC.ENOBUFS] = Failure.Limit,
            [LibC.ENOSPC] = Failure.Limit,
        };
        for (int errno = 1; errno <= LastErrno; errno++)
            Assert.Equal(expected.GetValueOrDefault(errno, Failure.Other), Failure.Of(errno));
    }

    [Fact]
    public void Each_kind_has_a_word_of_its_own()
    {
        string[] words = [.. Kinds.Select(kind => Text(kind.Word))];
        Assert.Equal(words.Distinct(), words);
        Assert.All(words, word => Assert.Matches("^[A-Z]+$", word));
        Assert.Equal(
            ["TIMEOUT", "REFUSED", "DNS", "RESET", "MISMATCH", "LIMIT", "OTHER"], words);
    }

    [Fact]
    public void The_documentation_lists_each_kind_with_its_meaning()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(Tools.Root, "docs/failures.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(2)];
        Assert.Equal(Kinds.Length, rows.Length);
        foreach ((Failure kind, string row) in Kinds.Zip(rows))
            Assert.StartsWith($"| {Text(kind.Word)} | {Text(kind.Meaning)} | ", row);
    }

    [Fact]
    public void A_report_lists_every_kind_with_its_count()
    {
        FailureCounts counts = default;
        counts.Add(Failure.Reset);
        counts.Add(Failure.Other, 3);
        FailureCounts more = default;
        more.Add(Failure.Reset, 2);
        counts.Merge(more);
        Assert.Equal(3, counts[Failure.Reset]);
        Assert.Equal(6, counts.Total);
        Span<byte> buffer = stackalloc byte[512];
        Json json = new(buffer);
        json.BeginObject();
        json.AppendFailures("failures"u8, counts);
        json.EndObject();
        JsonElement failures = JsonDocument.Parse(Text(json.Document)).RootElement
            .GetProperty("failures");
        Assert.Equal(
            Kinds.Select(kind => (Text(kind.Word), counts[kind])),
            failures.EnumerateObject().Select(one => (one.Name, one.Value.GetInt64())));
    }

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
