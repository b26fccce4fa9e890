// The options of epollecho ping, by ping(8)'s names.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Options;

namespace Epollecho.Native.Ping;

internal struct PingOptions
{
    public const int MaxSizeBytes = 16 << 20;
    public const long MaxIntervalMs = 24 * 3600 * 1000;

    public TargetOptions Target = new() { TimeoutMs = 5000 };

    /// <summary>Round trips; 0: until a signal comes.</summary>
    public long Count;

    /// <summary>From one send to the next; 0: at once when the last is back.</summary>
    public long IntervalMs = 1000;

    public readonly Duration Interval => Duration.FromMilliseconds(IntervalMs);

    public int SizeBytes = 64;

    public bool IsQuiet;

    public bool IsJson;

    public PingOptions()
    {
    }
}

internal static unsafe class PingCommandLine
{
    private const int KeyJson = 256;
    private const int TableLength = TargetOptions.TableLength + 7;

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
        ArgpOption* table = stackalloc ArgpOption[TableLength];
        int i = 0;
        table[i++] = CommandLine.Option("count"u8, 'c', "COUNT"u8,
            "Round trips (until Ctrl-C)"u8);
        table[i++] = CommandLine.Option("interval"u8, 'i', "TIME"u8,
            "From one to the next; 0: as fast as they come back (1s)"u8);
        table[i++] = CommandLine.Option("size"u8, 's', "SIZE"u8,
            "Bytes sent each time, up to 16M (64)"u8);
        TargetOptions.FillTable(
            new Span<ArgpOption>(table, TableLength), ref i,
            "How long to wait for a connection, and for a round trip; 0: for ever (5s)"u8);
        table[i++] = CommandLine.Option("quiet"u8, 'q', default, "Print the summary only"u8);
        table[i++] = CommandLine.Option("json"u8, KeyJson, default,
            "Print the summary as JSON, and nothing else"u8);
        table[i++] = CommandLine.Option("version"u8, CommandLine.KeyVersion, default,
            "Print version and commit"u8);
        table[i] = default;
        CommandLine.Parse(
            arguments, table, "[HOST][:PORT]"u8, Documentation, &Apply, &options);
        return options;
    }

    private static ReadOnlySpan<byte> Apply(OptionValue given, void* target)
    {
        ref PingOptions options = ref *(PingOptions*)target;
        switch (given.Key)
        {
            case 'c':
                return Quantity.TryParseInteger(given.Text, 1, long.MaxValue, out options.Count)
                    ? default : "a number from 1"u8;
            case 'i':
                return Quantity.TryParseDuration(
                    given.Text, 0, PingOptions.MaxIntervalMs, out options.IntervalMs)
                    ? default : "a time from 0 to 1440m, as in 0.2 or 500ms"u8;
            case 's':
                bool isSize = Quantity.TryParseSize(
                    given.Text, 1, PingOptions.MaxSizeBytes, out long bytes);
                options.SizeBytes = (int)bytes;
                return isSize ? default : "a size from 1 to 16M, as in 1k"u8;
            case 'q':
                return CommandLine.TakeSwitch(given, ref options.IsQuiet)
                    ? default : "yes or no"u8;
            case KeyJson:
                return CommandLine.TakeSwitch(given, ref options.IsJson)
                    ? default : "yes or no"u8;
            default:
                return options.Target.Apply(given);
        }
    }
}
