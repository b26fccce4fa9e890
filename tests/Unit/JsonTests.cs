// The JSON writer: commas, nesting, escapes; every document is read back by a real parser.
using System;
using System.Text;
using System.Text.Json;
using Epollecho.Native.Base;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed class JsonTests
{
    [Fact]
    public void Members_and_elements_are_separated_and_nested()
    {
        Span<byte> buffer = stackalloc byte[512];
        Json json = new(buffer);
        json.BeginObject();
        json.Member("a"u8, 1);
        json.BeginArray("b"u8);
        json.Value(2);
        json.Value("three"u8);
        json.BeginObject();
        json.EndObject();
        json.EndArray();
        json.BeginObject("c"u8);
        json.Null("d"u8);
        json.Member("e"u8, true);
        json.Member("f"u8, new FixedPoint(1250, 3));
        json.EndObject();
        json.EndObject();
        Assert.Equal(
            """{"a":1,"b":[2,"three",{}],"c":{"d":null,"e":true,"f":1.250}}""" + "\n",
            Encoding.UTF8.GetString(json.Document));
    }

    [Fact]
    public void An_outermost_array_has_a_line_for_each_element_also_across_writers()
    {
        Span<byte> buffer = stackalloc byte[64];
        Json json = new(buffer);
        json.BeginArray();
        string document = Encoding.UTF8.GetString(json.Written);
        JsonPosition position = json.Position;
        for (int i = 0; i < 3; i++)
        {
            Json next = new(buffer, position);
            next.BeginObject();
            next.Member("i"u8, i);
            next.EndObject();
            document += Encoding.UTF8.GetString(next.Written);
            position = next.Position;
        }
        Json last = new(buffer, position);
        last.EndArray();
        document += Encoding.UTF8.GetString(last.Document);
        Assert.Equal("[\n{\"i\":0},\n{\"i\":1},\n{\"i\":2}\n]\n", document);
    }

    [Fact]
    public void Strings_of_any_bytes_are_valid_JSON()
    {
        byte[] bytes = [.. "quote \" backslash \\ line \n tab \t µs € 😀 "u8, 0, 0x1F, 0x7F];
        Assert.Equal(Encoding.UTF8.GetString(bytes), WrittenAndRead(bytes));
    }

    [Fact]
    public void Bytes_that_are_no_UTF_8_become_replacement_characters()
    {
        Assert.Equal("a\ufffdb\ufffd", WrittenAndRead([(byte)'a', 0xFF, (byte)'b', 0xE2]));
    }

    [Fact]
    public void Times_of_nothing_are_null_and_others_have_every_percentile()
    {
        Assert.True(Histogram.TryCreate(out Histogram times));
        Span<byte> buffer = stackalloc byte[1024];
        Json json = new(buffer);
        json.BeginObject();
        json.AppendTimes("none"u8, times);
        for (int i = 1; i <= 1000; i++) times.Record(i);
        json.AppendTimes("some"u8, times);
        json.EndObject();
        using JsonDocument document = JsonDocument.Parse(json.Document.ToArray());
        Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("none").ValueKind);
        JsonElement some = document.RootElement.GetProperty("some");
        Assert.Equal(1000, some.GetProperty("count").GetInt64());
        Assert.Equal(1, some.GetProperty("min").GetInt64());
        Assert.Equal(500, some.GetProperty("p50").GetInt64());
        Assert.Equal(999, some.GetProperty("p99.9").GetInt64());
        Assert.Equal(1000, some.GetProperty("max").GetInt64());
        Assert.Equal(288, some.GetProperty("mdev").GetInt64());
        times.Free();
    }

    private static string WrittenAndRead(byte[] text)
    {
        Span<byte> buffer = stackalloc byte[512];
        Json json = new(buffer);
        json.BeginArray();
        json.Value(text);
        json.EndArray();
        using JsonDocument document = JsonDocument.Parse(json.Document.ToArray());
        return document.RootElement[0].GetString()!;
    }
}
