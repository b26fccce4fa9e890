// The options of epollecho lab pollers.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Options;

namespace Epollecho.Native.Lab;

internal enum ReportFormat
{
    Table,
    Json,
    Csv,
}

internal unsafe struct PollersOptions
{
    public const int MaxConnections = 1_000_000;
    public const int MaxActive = 10_000;
    public const long MaxDurationMs = 60_000;

    public NumberList Connections;

    /// <summary>Connections of these that have a message under way; the others are idle.</summary>
    public int Active = 10;

    /// <summary>How long each combination is under load.</summary>
    public long DurationMs = 1200;

    public ReportFormat Format = ReportFormat.Table;

    /// <summary>Where to draw the chart; null: nowhere.</summary>
    public byte* ChartFile;

    public PollersOptions()
    {
    }
}

internal static unsafe class PollersCommandLine
{
    private const int KeyConnections = 'c';
    private const int KeyActive = 'a';
    private const int KeyDuration = 'd';
    private const int KeyJson = 256;
    private const int KeyCsv = 257;
    private const int KeySvg = 258;
    private const int TableLength = 8;

    private static ReadOnlySpan<byte> Documentation =>
        "Measures what an echo costs the server as connections grow, a few of which are "u8
        + "active: under select, poll and epoll.\v"u8
        + "COUNTS is a number or several, ascending, with commas between. TIME is in seconds, or "u8
        + "takes ms, s or m. A combination that the limit on open files does not allow is left "u8
        + "out, with the reason."u8;

    /// <summary>Reads the options from the environment and the command line; does not come back
    /// from --help, --version and misuse.</summary>
    public static PollersOptions Parse(in Arguments arguments)
    {
        PollersOptions options = new();
        _ = NumberList.TryParse("100,1000,10000"u8, 1, int.MaxValue, out options.Connections);
        ArgpOption* table = stackalloc ArgpOption[TableLength];
        FillTable(new Span<ArgpOption>(table, TableLength));
        CommandLine.Parse(arguments, table, default, Documentation, &Apply, &options);
        return options;
    }

    private static void FillTable(Span<ArgpOption> table)
    {
        int i = 0;
        table[i++] = CommandLine.Option("connections"u8, KeyConnections, "COUNTS"u8,
            "Connections that are open (100,1000,10000)"u8);
        table[i++] = CommandLine.Option("active"u8, KeyActive, "COUNT"u8,
            "Connections of these that send (10)"u8);
        table[i++] = CommandLine.Option("duration"u8, KeyDuration, "TIME"u8,
            "How long each combination is measured (1200ms)"u8);
        table[i++] = CommandLine.Option("json"u8, KeyJson, default, "Print JSON"u8);
        table[i++] = CommandLine.Option("csv"u8, KeyCsv, default, "Print CSV"u8);
        table[i++] = CommandLine.Option("svg"u8, KeySvg, "FILE"u8, "Draw a chart into FILE"u8);
        table[i++] = CommandLine.Option("version"u8, CommandLine.KeyVersion, default,
            "Print version and commit"u8);
        table[i] = default;
    }

    private static ReadOnlySpan<byte> Apply(OptionValue given, void* target)
    {
        ref PollersOptions options = ref *(PollersOptions*)target;
        long number;
        switch (given.Key)
        {
            case KeyConnections:
                return NumberList.TryParse(
                    given.Text, 1, PollersOptions.MaxConnections, out options.Connections)
                    ? default
                    : "1 to 8 ascending numbers from 1 to 1000000, as in 100,1000"u8;
            case KeyActive:
                if (!Quantity.TryParseInteger(
                    given.Text, 1, PollersOptions.MaxActive, out number))
                    return "a number from 1 to 10000"u8;
                options.Active = (int)number;
                return default;
            case KeyDuration:
                return Quantity.TryParseDuration(
                    given.Text, 1, PollersOptions.MaxDurationMs, out options.DurationMs)
                    ? default : "a time from 1ms to 1m, as in 500ms"u8;
            case KeyJson:
                return TakeFormat(given, ReportFormat.Json, ref options);
            case KeyCsv:
                return TakeFormat(given, ReportFormat.Csv, ref options);
            case KeySvg:
                options.ChartFile = CommandLine.Constant(given.Text);
                return given.Text.IsEmpty ? "the name of a file"u8 : default;
            default:
                return "an option"u8;
        }
    }

    private static ReadOnlySpan<byte> TakeFormat(
        OptionValue given, ReportFormat format, ref PollersOptions options)
    {
        bool on = false;
        if (!CommandLine.TakeSwitch(given, ref on)) return "yes or no"u8;
        if (on) options.Format = format;
        return default;
    }
}
