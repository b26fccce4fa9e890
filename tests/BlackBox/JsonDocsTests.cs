// Every key that a command prints as JSON stands in the tables of docs/json.md, and the other way
// round.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using Epollecho.Tests.Support;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class JsonDocsTests
{
    [Fact]
    public void Every_key_of_bench_is_documented()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        string[] common = ["bench", "--json", "-n50", "-c2", $":{server.Port}"];
        using JsonDocument atRate = Run([.. common, "-r1000"]);
        using JsonDocument churn = Run([.. common, "--churn"]);
        server.Stop();
        Assert.Equal(Documented("bench"), KeysOf(atRate.RootElement));
        // What is null has no keys of its own.
        Assert.Equal(
            Documented("bench").Where(
                key => !key.StartsWith("latency_from_plan_ns.", StringComparison.Ordinal)),
            KeysOf(churn.RootElement));
    }

    [Fact]
    public void Every_key_of_ping_is_documented()
    {
        using EchoServerProcess server = EchoServerProcess.Start();
        using JsonDocument json = Run(["ping", "--json", "-c1", $":{server.Port}"]);
        server.Stop();
        Assert.Equal(Documented("ping"), KeysOf(json.RootElement));
    }

    [Fact]
    public void Every_key_of_lab_pollers_is_documented()
    {
        using JsonDocument json = Run(
            ["lab", "pollers", "--json", "--connections=5,1100", "--duration=5ms"]);
        string[] documented = Documented("lab pollers");
        Assert.All(
            json.RootElement.EnumerateArray(), row => Assert.Equal(documented, KeysOf(row)));
    }

    [Fact]
    public void A_key_that_is_missing_on_either_side_is_found()
    {
        const string page = """
            ## one
            | key | unit | meaning |
            | --- | --- | --- |
            | `a` | ns | |
            | `b` | times | |
            ## Times
            | key | unit | meaning |
            | --- | --- | --- |
            | `min` | ns | |
            """;
        Assert.Equal(["a", "b", "b.min"], Documented("one", page));
        Assert.Equal(["a", "b", "b.min"], KeysOf(Parse("""{"b":{"min":1},"a":2}""")));
        Assert.NotEqual(Documented("one", page), KeysOf(Parse("""{"b":{"max":1},"a":2}""")));
        Assert.NotEqual(Documented("one", page), KeysOf(Parse("""{"b":{"min":1}}""")));
        Assert.NotEqual(
            Documented("one", page), KeysOf(Parse("""{"b":{"min":1},"a":2,"c":3}""")));
    }

    private static JsonDocument Run(string[] arguments)
    {
        Finished finished = Tools.Run(Tools.Binary, arguments);
        Assert.Equal(0, finished.Status);
        return JsonDocument.Parse(finished.Output);
    }

    private static JsonElement Parse(string text) => JsonDocument.Parse(text).RootElement;

    private static string[] Documented(string heading) => Documented(
        heading, File.ReadAllText(Path.Combine(Tools.Root, "docs", "json.md")));

    /// <summary>The keys of the table below a heading, sorted; the keys of a key whose unit is
    /// another table's heading are those of that table.</summary>
    private static string[] Documented(string heading, string page)
    {
        List<string> keys = [];
        foreach ((string key, string unit) in Rows(heading, page))
        {
            keys.Add(key);
            if (unit is "times" or "failures")
                keys.AddRange(Rows(Capitalized(unit), page).Select(row => $"{key}.{row.Key}"));
        }
        Assert.NotEmpty(keys);
        return [.. keys.Order(StringComparer.Ordinal)];
    }

    private static string Capitalized(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    private static List<(string Key, string Unit)> Rows(string heading, string page)
    {
        string section = page.Split("## ").Single(
            part => part.Split('\n')[0].Trim() == heading);
        return [.. Regex.Matches(section, @"(?m)^\s*\| `([^`]+)` \| ([^|]*)\|")
            .Select(row => (row.Groups[1].Value, row.Groups[2].Value.Trim()))];
    }

    /// <summary>The keys of an object and of the objects in it, sorted, as a.b.</summary>
    private static string[] KeysOf(JsonElement json)
    {
        List<string> keys = [];
        foreach (JsonProperty member in json.EnumerateObject())
        {
            keys.Add(member.Name);
            if (member.Value.ValueKind == JsonValueKind.Object)
                keys.AddRange(KeysOf(member.Value).Select(key => $"{member.Name}.{key}"));
        }
        return [.. keys.Order(StringComparer.Ordinal)];
    }
}
