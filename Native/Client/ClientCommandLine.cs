// The client's options.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Options;

namespace Epollecho.Native.Client;

internal struct ClientOptions
{
    public TargetOptions Target = new() { TimeoutMs = 10_000 };

    /// <summary>Lines after which it ends; 0: at the end of input.</summary>
    public long LineCount;

    public bool IsVerbose;

    public ClientOptions()
    {
    }
}

internal static unsafe class ClientCommandLine
{
    private const int TableLength = TargetOptions.TableLength + 4;

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
        ArgpOption* table = stackalloc ArgpOption[TableLength];
        int i = 0;
        table[i++] = CommandLine.Option("count"u8, 'c', "COUNT"u8,
            "End after so many lines (at the end of input)"u8);
        TargetOptions.FillTable(
            new Span<ArgpOption>(table, TableLength), ref i,
            "Give up after waiting this long for a connection, or for bytes that are to come "u8
            + "back; 0: never (10s)"u8);
        table[i++] = CommandLine.Option("verbose"u8, 'v', default,
            "Tell on stderr of the connection and what went over it"u8);
        table[i++] = CommandLine.Option("version"u8, CommandLine.KeyVersion, default,
            "Print version and commit"u8);
        table[i] = default;
        CommandLine.Parse(arguments, table, "[HOST][:PORT]"u8, Documentation, &Apply, &options);
        return options;
    }

    private static ReadOnlySpan<byte> Apply(OptionValue given, void* target)
    {
        ref ClientOptions options = ref *(ClientOptions*)target;
        switch (given.Key)
        {
            case 'c':
                return Quantity.TryParseInteger(given.Text, 1, long.MaxValue, out options.LineCount)
                    ? default : "a number from 1"u8;
            case 'v':
                // The server's variable may also be 2.
                bool isLevel = given.Text.SequenceEqual("2"u8) && given.IsFromEnvironment;
                options.IsVerbose |= isLevel;
                return isLevel || CommandLine.TakeSwitch(given, ref options.IsVerbose)
                    ? default : "yes or no"u8;
            default:
                return options.Target.Apply(given);
        }
    }
}
