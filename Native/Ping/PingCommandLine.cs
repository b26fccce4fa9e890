// The options of epollecho ping, by ping(8)'s names.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Options;

namespace Epollecho.Native.Ping;

internal struct PingOptions
{
    public const int MaxSizeBytes = 16 << 20;

    public TargetOptions Target = new() { Timeout = Duration.FromSeconds(5) };

    /// <summary>Round trips; 0: until a signal comes.</summary>
    public long Count;

    /// <summary>From one send to the next; 0: at once when the last is back.</summary>
    public Duration Interval = Duration.FromSeconds(1);

    public int SizeBytes = 64;

    public bool IsQuiet;

    public bool IsJson;

    public PingOptions()
    {
    }

    public static Duration MaxInterval => Duration.FromSeconds(24 * 3600);
}

internal static unsafe class PingCommandLine
{
    private static ReadOnlySpan<byte> Documentation =>
        "Measures round trips to an echo server, over one TCP connection, and checks each byte "u8
        + "that comes back. Without HOST it asks 127.0.0.1, without PORT 7080.\v"u8
        + "TIME is in seconds, also 0.2, or takes ms, s or m; SIZE is in bytes, or takes k or M. "u8
        + "Every option can be given in the environment, too, as EPOLLECHO_COUNT and so on; the "u8
        + "command line wins.\n\n"u8
        + "The exit status is 0 if all came back, 1 if any was lost. A line on stderr that tells "u8
        + "of a loss begins with TIMEOUT, REFUSED, DNS, RESET, MISMATCH or OTHER."u8;

    /// <summary>Reads the options from the environment and the command line; does not come back
    /// from --help, --version and misuse.</summary>
    public static PingOptions Parse(in Arguments arguments)
    {
        PingOptions options = new();
        OptionTable table = new();
        table.Number("count"u8, 'c', &options.Count, 1, long.MaxValue,
            "Round trips"u8, "until Ctrl-C"u8);
        table.Time("interval"u8, 'i', &options.Interval, Duration.Zero, PingOptions.MaxInterval,
            "From one to the next; 0: as fast as they come back"u8);
        table.Size("size"u8, 's', &options.SizeBytes, 1, PingOptions.MaxSizeBytes,
            "Bytes sent each time, up to 16M"u8);
        TargetOptions.Declare(ref table, &options.Target,
            "How long to wait for a connection, and for a round trip; 0: for ever"u8);
        table.Switch("quiet"u8, 'q', &options.IsQuiet, "Print the summary only"u8);
        table.Switch("json"u8, 0, &options.IsJson,
            "Print the summary as JSON, and nothing else"u8);
        CommandLine.Parse(arguments, &table, Documentation);
        return options;
    }
}
