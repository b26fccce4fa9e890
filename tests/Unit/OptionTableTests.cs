// Options as they are stated: what each kind takes, what it says it takes, what --help says, what
// its variable is called, and where a value came from.
using System;
using System.Text;
using Epollecho.Native.Base;
using Epollecho.Native.Options;
using Epollecho.Native.Output;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed unsafe class OptionTableTests
{
    private enum Color
    {
        Red,
        Green,
        Blue,
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("4096", 4096)]
    [InlineData("5000", 5000)]
    public void A_number_within_bounds_is_taken(string text, int expected)
    {
        int field = 7;
        OptionTable table = new();
        table.Number("backlog"u8, 0, &field, 1, 5000, "Waiting connections"u8);
        AssertTaken(ref table, text);
        Assert.Equal(expected, field);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("5001")]
    [InlineData("-1")]
    [InlineData("4k")]
    public void A_number_out_of_bounds_changes_nothing(string text)
    {
        int field = 7;
        OptionTable table = new();
        table.Number("backlog"u8, 0, &field, 1, 5000, "Waiting connections"u8);
        AssertRefused(ref table, text, "a number from 1 to 5000");
        Assert.Equal(7, field);
        Assert.Equal(Origin.Default, table.OriginOf(&field));
    }

    [Fact]
    public void A_number_without_an_upper_bound_says_so()
    {
        long field = 0;
        OptionTable table = new();
        table.Number("count"u8, 'c', &field, 1, long.MaxValue, "Lines"u8, "until the end"u8);
        AssertRefused(ref table, "0", "a number from 1");
        AssertTaken(ref table, "9223372036854775807");
        Assert.Equal(long.MaxValue, field);
        Assert.Equal("Lines (until the end)", Help(ref table));
    }

    [Fact]
    public void A_default_out_of_bounds_is_none()
    {
        long field = 0;
        OptionTable table = new();
        table.Number("count"u8, 'c', &field, 1, long.MaxValue, "Lines"u8);
        Assert.Equal("Lines", Help(ref table));
    }

    [Fact]
    public void A_port_is_from_0_or_from_1()
    {
        int any = 7080;
        int other = 7080;
        OptionTable table = new();
        table.Port("port"u8, 'p', &any, 0, "Port"u8);
        table.Port("other"u8, 'o', &other, 1, "Port"u8);
        AssertTaken(ref table, "0", Origin.CommandLine, index: 0);
        Assert.Equal(0, any);
        AssertRefused(ref table, "65536", "a port number from 0 to 65535", index: 0);
        AssertRefused(ref table, "0", "a port number from 1 to 65535", index: 1);
        AssertTaken(ref table, "65535", Origin.CommandLine, index: 1);
        Assert.Equal(65535, other);
        Assert.Equal("Port (7080)", Help(ref table, 1));
    }

    [Fact]
    public void A_port_of_0_in_the_environment_changes_nothing_where_it_is_none()
    {
        int field = 7080;
        OptionTable table = new();
        table.Port("port"u8, 'p', &field, 1, "Port"u8);
        AssertTaken(ref table, "0", Origin.Environment);
        Assert.Equal(7080, field);
    }

    [Fact]
    public void A_size_has_units()
    {
        int field = 256 << 10;
        long large = 64 << 20;
        OptionTable table = new();
        table.Size("buffer"u8, 0, &field, 1, 16 << 20, "Buffer"u8);
        table.Size("max-memory"u8, 0, &large, 0, 1L << 40, "Bound"u8);
        AssertTaken(ref table, "16M", Origin.CommandLine, index: 0);
        AssertTaken(ref table, "1024G", Origin.CommandLine, index: 1);
        Assert.Equal(16 << 20, field);
        Assert.Equal(1L << 40, large);
        AssertRefused(ref table, "17M", "a size from 1 to 16M, as in 64k", index: 0);
        AssertRefused(ref table, "x", "a size from 0 to 1024G, as in 64k", index: 1);
        Assert.Equal("Buffer (256k)", Help(ref table, 0));
        Assert.Equal("Bound (64M)", Help(ref table, 1));
    }

    [Fact]
    public void A_time_has_units_and_decimals()
    {
        Duration field = Duration.FromMilliseconds(1200);
        OptionTable table = new();
        table.Time(
            "grace"u8, 0, &field, Duration.FromMilliseconds(1), Duration.FromSeconds(24 * 3600),
            "Grace"u8);
        AssertTaken(ref table, "1.5");
        Assert.Equal(Duration.FromMilliseconds(1500), field);
        AssertTaken(ref table, "1440m");
        Assert.Equal(Duration.FromSeconds(86_400), field);
        AssertRefused(ref table, "0", "a time from 1ms to 1440m, as in 5s or 500ms");
        AssertRefused(ref table, "1441m", "a time from 1ms to 1440m, as in 5s or 500ms");
        Assert.Equal("Grace (1200ms)", Help(ref table));
    }

    [Fact]
    public void Microseconds_are_a_time_as_a_plain_number()
    {
        Duration field = Duration.Zero;
        OptionTable table = new();
        table.Microseconds(
            "busy-poll"u8, 0, &field, Duration.Zero, Duration.FromSeconds(1), "Ask"u8);
        AssertTaken(ref table, "1000000");
        Assert.Equal(Duration.FromSeconds(1), field);
        AssertRefused(ref table, "1000001", "microseconds, from 0 to 1000000");
        AssertRefused(ref table, "9223372036854775807", "microseconds, from 0 to 1000000");
        AssertRefused(ref table, "1ms", "microseconds, from 0 to 1000000");
        Assert.Equal("Ask (0)", Help(ref table));
    }

    [Theory]
    [InlineData("red", 0)]
    [InlineData("green", 1)]
    [InlineData("blue", 2)]
    public void A_choice_is_one_of_its_names(string text, int expected)
    {
        Color field = Color.Green;
        OptionTable table = new();
        table.Choice("color"u8, 0, &field, "red|green|blue"u8, "Color"u8);
        AssertTaken(ref table, text);
        Assert.Equal((Color)expected, field);
        Assert.Equal("Color (green)", Help(ref table));
    }

    [Theory]
    [InlineData("")]
    [InlineData("re")]
    [InlineData("redd")]
    [InlineData("red|green")]
    [InlineData("yellow")]
    public void A_choice_is_nothing_else(string text)
    {
        Color field = Color.Blue;
        OptionTable table = new();
        table.Choice("color"u8, 0, &field, "red|green|blue"u8, "Color"u8);
        AssertRefused(ref table, text, "red, green or blue");
        Assert.Equal(Color.Blue, field);
        Assert.Equal("red|green|blue", Text(NativeText.At(table[0].ArgumentName)));
    }

    [Theory]
    [InlineData("yes", true)]
    [InlineData("0", false)]
    public void A_switch_is_yes_or_no_in_the_environment(string text, bool expected)
    {
        bool field = !expected;
        OptionTable table = new();
        table.Switch("quiet"u8, 'q', &field, "Say less"u8);
        AssertTaken(ref table, text, Origin.Environment);
        Assert.Equal(expected, field);
        AssertRefused(ref table, "maybe", "yes or no", Origin.Environment);
        Assert.Equal("Say less", Help(ref table));
    }

    [Fact]
    public void A_switch_is_on_where_it_is_given()
    {
        bool field = false;
        OptionTable table = new();
        table.Switch("quiet"u8, 'q', &field, "Say less"u8);
        AssertTaken(ref table, "");
        Assert.True(field);
        Assert.True(table[0].ArgumentName == null);
    }

    [Fact]
    public void A_switch_may_stand_for_one_value_and_leaves_the_others_when_it_is_off()
    {
        Color field = Color.Blue;
        Verbosity below = Verbosity.Everything;
        OptionTable table = new();
        table.Switch("red"u8, 0, &field, Color.Red, "Red"u8);
        table.Switch("quiet"u8, 0, &below, Verbosity.Quiet, "Say less"u8);
        AssertTaken(ref table, "no", Origin.Environment, index: 0);
        Assert.Equal(Color.Blue, field);
        AssertTaken(ref table, "yes", Origin.Environment, index: 0);
        Assert.Equal(Color.Red, field);
        AssertTaken(ref table, "", Origin.CommandLine, index: 1);
        Assert.Equal(Verbosity.Quiet, below);
        AssertRefused(ref table, "2", "yes or no", Origin.Environment, index: 0);
    }

    [Fact]
    public void A_file_is_any_name_but_none()
    {
        byte* field = null;
        OptionTable table = new();
        table.File("port-file"u8, 0, &field, "Write it to FILE"u8);
        AssertRefused(ref table, "", "the name of a file");
        Assert.True(field == null);
        TextBuilder allowed = new(new byte[64]);
        Assert.True(table.TryTake(0, "/tmp/port"u8, Origin.CommandLine, ref allowed));
        Assert.Equal("/tmp/port", Text(NativeText.At(field)));
        Assert.Equal("Write it to FILE", Help(ref table));
    }

    [Fact]
    public void A_function_takes_what_no_other_kind_does()
    {
        int field = 0;
        OptionTable table = new();
        table.Custom("sum"u8, 0, "N"u8, &field, &Add, "Add to it"u8, "nothing"u8);
        AssertTaken(ref table, "1", Origin.Environment);
        AssertTaken(ref table, "2", Origin.Environment);
        Assert.Equal(3, field);
        AssertTaken(ref table, "5", Origin.CommandLine); // takes the variable's place
        AssertTaken(ref table, "6", Origin.CommandLine);
        Assert.Equal(11, field);
        AssertRefused(ref table, "x", "a number to add");
        Assert.Equal("Add to it (nothing)", Help(ref table));
    }

    [Fact]
    public void The_default_is_what_the_field_had_when_the_option_was_stated()
    {
        int field = 4096;
        OptionTable table = new();
        table.Number("backlog"u8, 0, &field, 1, 5000, "Waiting connections"u8);
        AssertTaken(ref table, "5");
        Assert.Equal("Waiting connections (4096)", Help(ref table));
    }

    [Fact]
    public void A_value_knows_where_it_came_from()
    {
        int field = 1;
        int other = 1;
        OptionTable table = new();
        table.Number("one"u8, 0, &field, 1, 9, "One"u8);
        table.Switch("two"u8, 0, &field, 2, "Two"u8);
        table.Number("other"u8, 0, &other, 1, 9, "Other"u8);
        Assert.Equal(Origin.Default, table.OriginOf(&field));
        AssertTaken(ref table, "3", Origin.Environment, index: 0);
        Assert.Equal(Origin.Environment, table.OriginOf(&field));
        Assert.Equal(0, table.IndexOfField(&field));
        AssertTaken(ref table, "", Origin.CommandLine, index: 1);
        Assert.Equal(Origin.CommandLine, table.OriginOf(&field));
        Assert.Equal(1, table.IndexOfField(&field));
        Assert.Equal(2, field);
        Assert.Equal(Origin.Default, table.OriginOf(&other));
        Assert.Equal(2, table.IndexOfField(&other));
    }

    [Fact]
    public void A_value_keeps_what_was_typed()
    {
        int field = 1;
        OptionTable table = new();
        table.Size("buffer"u8, 0, &field, 1, 1 << 20, "Buffer"u8);
        Assert.True(table[0].Given == null);
        TextBuilder allowed = new(new byte[64]);
        Assert.True(table.TryTake(0, "64K"u8, Origin.CommandLine, ref allowed));
        Assert.Equal("64K", Text(NativeText.At(table[0].Given)));
    }

    [Fact]
    public void The_name_of_the_variable_follows_from_that_of_the_option()
    {
        byte* field = null;
        OptionTable table = new();
        table.File("port-file"u8, 0, &field, "Write it to FILE"u8);
        Span<byte> buffer = stackalloc byte[Option.MaxNameLength];
        int length = table[0].WriteVariableName(buffer);
        Assert.Equal("EPOLLECHO_PORT_FILE", Text(buffer[..length]));
        Assert.Equal(0, buffer[length]);
        Assert.Equal("EPOLLECHO_PORT_FILE", Name(ref table, Origin.Environment));
        Assert.Equal("--port-file", Name(ref table, Origin.CommandLine));
    }

    [Fact]
    public void Options_without_a_letter_have_keys_that_are_none()
    {
        bool a = false;
        bool b = false;
        OptionTable table = new();
        table.Switch("a"u8, 'a', &a, "A"u8);
        table.Switch("b"u8, 0, &b, "B"u8);
        Assert.Equal(0, table.IndexOfKey('a'));
        Assert.Equal(1, table.IndexOfKey(table[1].Key));
        Assert.True(table[1].Key > byte.MaxValue);
        Assert.Equal(-1, table.IndexOfKey('b'));
    }

    [Fact]
    public void Commands_are_listed_in_help_and_in_messages()
    {
        Command* list = stackalloc Command[]
        {
            new("serve"u8, "the server"u8, &Status1),
            new("client"u8, "the client"u8, &Status1),
            new("bench"u8, "a load"u8, &Status1),
        };
        CommandList commands = new(list, 3);
        OptionTable table = new();
        TextBuilder text = new(new byte[256]);
        table.AppendAllowedWords(ref text);
        Assert.Equal("an option", Text(text.Written));
        table.Words("COMMAND"u8, commands, "a command: "u8);
        text = new(new byte[256]);
        table.AppendAllowedWords(ref text);
        Assert.Equal("a command: serve, client or bench", Text(text.Written));
        text = new(new byte[256]);
        table.Commands.AppendHelp(ref text);
        Assert.Equal(
            "  serve    the server\n  client   the client\n  bench    a load",
            Text(text.Written));
    }

    private static int Status1(in Arguments arguments) => 1;

    private static ReadOnlySpan<byte> Add(OptionValue given, void* field)
    {
        if (!Quantity.TryParseInteger(given.Text, 0, 99, out long number))
            return "a number to add"u8;
        if (given.IsFirst) *(int*)field = 0;
        *(int*)field += (int)number;
        return default;
    }

    private static void AssertTaken(
        ref OptionTable table, string text, Origin origin = Origin.CommandLine, int index = 0)
    {
        TextBuilder allowed = new(new byte[256]);
        Assert.True(table.TryTake(index, Encoding.UTF8.GetBytes(text), origin, ref allowed));
        Assert.Equal("", Text(allowed.Written));
    }

    private static void AssertRefused(
        ref OptionTable table, string text, string expected, Origin origin = Origin.CommandLine,
        int index = 0)
    {
        TextBuilder allowed = new(new byte[256]);
        Assert.False(table.TryTake(index, Encoding.UTF8.GetBytes(text), origin, ref allowed));
        Assert.Equal(expected, Text(allowed.Written));
    }

    private static string Help(ref OptionTable table, int index = 0)
    {
        TextBuilder text = new(new byte[256]);
        table[index].AppendHelp(ref text);
        return Text(text.Written);
    }

    private static string Name(ref OptionTable table, Origin origin)
    {
        TextBuilder text = new(new byte[256]);
        table[0].AppendName(origin, ref text);
        return Text(text.Written);
    }

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
