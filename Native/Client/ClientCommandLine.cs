// The client's options.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Options;

namespace Epollecho.Native.Client;

internal struct ClientOptions
{
    public TargetOptions Target = new() { Timeout = Duration.FromSeconds(10) };

    /// <summary>Lines after which it ends; 0: at the end of input.</summary>
    public long LineCount;

    public bool IsVerbose;

    public ClientOptions()
    {
    }
}

internal static unsafe class ClientCommandLine
{
    private static ReadOnlySpan<byte> Documentation =>
        "Sends its input to an echo server and writes what comes back: on a terminal line by "u8
        + "line with its round trip, else as a pipe of any bytes. Without HOST it talks to "u8
        + "127.0.0.1, without PORT to 7080.\v"u8
        + "TIME is in seconds, or takes ms, s or m. Every option can be given in the "u8
        + "environment, too, as EPOLLECHO_TIMEOUT and so on; the command line wins.\n\n"u8
        + "The exit status is 0 if every byte came back, 1 if not."u8;

    /// <summary>Reads the options from the environment and the command line; does not come back
    /// from --help, --version and misuse.</summary>
    public static ClientOptions Parse(in Arguments arguments)
    {
        ClientOptions options = new();
        OptionTable table = new();
        table.Number("count"u8, 'c', &options.LineCount, 1, long.MaxValue,
            "End after so many lines"u8, "at the end of input"u8);
        TargetOptions.Declare(ref table, &options.Target,
            "Give up after waiting this long for a connection, or for bytes that are to come "u8
            + "back; 0: never"u8);
        table.Custom("verbose"u8, 'v', default, &options.IsVerbose, &TakeVerbose,
            "Log the connection, and what went over it, on stderr"u8);
        CommandLine.Parse(arguments, &table, Documentation);
        return options;
    }

    /// <summary>A switch; the variable may be one for the server, too, which also knows 2.
    /// </summary>
    private static ReadOnlySpan<byte> TakeVerbose(OptionValue given, void* field)
    {
        bool isOn = true;
        if (given.IsFromEnvironment && !given.Text.SequenceEqual("2"u8)
            && !Quantity.TryParseSwitch(given.Text, out isOn)) return "yes or no"u8;
        *(bool*)field = isOn;
        return default;
    }
}
