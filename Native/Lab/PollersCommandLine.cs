// The options of epollecho lab pollers.
using System;
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

    public NumberList Connections;

    /// <summary>Connections of these that have a message under way; the others are idle.</summary>
    public int Active = 10;

    /// <summary>How long each combination is under load.</summary>
    public Duration Duration = Duration.FromMilliseconds(1200);

    public ReportFormat Format = ReportFormat.Table;

    /// <summary>Where to draw the chart; null: nowhere.</summary>
    public byte* ChartFile;

    public PollersOptions()
    {
    }

    public static Duration MaxDuration => Duration.FromSeconds(60);
}

internal static unsafe class PollersCommandLine
{
    private static ReadOnlySpan<byte> DefaultConnections => "100,1000,10000"u8;

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
        _ = NumberList.TryParse(
            DefaultConnections, 1, PollersOptions.MaxConnections, out options.Connections);
        OptionTable table = new();
        table.Custom("connections"u8, 'c', "COUNTS"u8, &options.Connections, &TakeConnections,
            "Connections that are open"u8, DefaultConnections);
        table.Number("active"u8, 'a', &options.Active, 1, PollersOptions.MaxActive,
            "Connections of these that send"u8);
        table.Time("duration"u8, 'd', &options.Duration,
            Duration.FromMilliseconds(1), PollersOptions.MaxDuration,
            "How long each combination is measured"u8);
        table.Switch("json"u8, 0, &options.Format, ReportFormat.Json, "Print JSON"u8);
        table.Switch("csv"u8, 0, &options.Format, ReportFormat.Csv, "Print CSV"u8);
        table.File("svg"u8, 0, &options.ChartFile, "Draw a chart into FILE"u8);
        CommandLine.Parse(arguments, &table, Documentation);
        return options;
    }

    private static ReadOnlySpan<byte> TakeConnections(OptionValue given, void* field) =>
        NumberList.TryParse(
            given.Text, 1, PollersOptions.MaxConnections, out *(NumberList*)field)
            ? default : "1 to 8 ascending numbers from 1 to 1000000, as in 100,1000"u8;
}
