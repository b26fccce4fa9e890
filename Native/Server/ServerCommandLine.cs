// The server's options, and what each value must be.
using System;
using CommunityToolkit.HighPerformance;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Net;
using Epollecho.Native.Options;
using Epollecho.Native.Output;

namespace Epollecho.Native.Server;

internal static unsafe class ServerCommandLine
{
    private static ReadOnlySpan<byte> Documentation =>
        "Echoes every byte that a TCP client sends: one thread, one epoll loop.\n\n"u8
        + "The commands, each with a --help of its own:\n\n\v"u8
        + "SIZE is in bytes, or takes k, M or G (powers of 1024). TIME is in seconds, or takes "u8
        + "ms, s or m. Every option can be given in the environment, too, as EPOLLECHO_PORT, "u8
        + "EPOLLECHO_MAX_MEMORY and so on; the command line wins.\n\n"u8
        + "SIGTERM and SIGINT end it gracefully, a second one at once; SIGUSR1 prints "u8
        + "statistics."u8;

    private static ReadOnlySpan<byte> ExpectedAddress =>
        "an IPv4 or IPv6 address of this machine, or * for all"u8;

    /// <summary>Reads the options from the environment and the command line; does not come back
    /// from --help, --version and misuse.</summary>
    public static ServerOptions Parse(in Arguments arguments)
    {
        ServerOptions options = new();
        OptionTable table = new();
        Declare(ref table, &options);
        DeclareLaboratory(ref table, &options);
        table.Words(
            default, arguments.Commands, "an option, or first of all a command: "u8);
        CommandLine.Parse(arguments, &table, Documentation);
        Complete(arguments, ref table, &options);
        return options;
    }

    /// <summary>What depends on more than one option.</summary>
    private static void Complete(
        in Arguments arguments, ref OptionTable table, ServerOptions* options)
    {
        if (options->Poller != PollerKind.Epoll)
        {
            if (options->Trigger == Trigger.Edge
                && table.OriginOf(&options->Trigger) != Origin.Default)
            {
                CommandLine.Reject(
                    arguments, ref table, &options->Trigger, "level, for only epoll has edge"u8);
            }
            options->Trigger = Trigger.Level;
        }
        if (options->ReadBytes == 0 || options->ReadBytes > options->BufferBytes)
            options->ReadBytes = options->BufferBytes;
    }

    private static void Declare(ref OptionTable table, ServerOptions* options)
    {
        table.Port("port"u8, 'p', &options->Port, 0, "Port to listen on, 0 for any"u8);
        table.Custom("bind"u8, 'b', "ADDRESS"u8, &options->Addresses, &TakeAddresses,
            "Address to listen on: IPv4, IPv6, or * for all; may be repeated"u8, "*"u8);
        table.Number("backlog"u8, 0, &options->Backlog, 1, int.MaxValue,
            "Connections that may wait to be accepted; the kernel may clamp it"u8);
        table.File("port-file"u8, 0, &options->PortFile,
            "Write the port to FILE once listening; removed at exit"u8);
        table.Size("buffer"u8, 0, &options->BufferBytes,
            ServerOptions.MinBufferBytes, ServerOptions.MaxBufferBytes,
            "Receive buffer, shared by all connections"u8);
        table.Number("max-connections"u8, 0, &options->MaxConnections,
            1, ServerOptions.MaxConnectionsLimit,
            "Connections served at a time; more are closed at once"u8);
        table.Size("max-memory"u8, 0, &options->MemoryBytes, 0, ServerOptions.MaxMemoryBytes,
            "Bound on memory that holds bytes for peers that do not read"u8);
        table.Time("grace"u8, 0, &options->Grace, Duration.Zero, ServerOptions.MaxGrace,
            "When told to end, go on echoing to open connections for up to this"u8);
        table.Custom("end-with-parent"u8, 0, "PROCESS"u8, &options->Parent, &TakeParent,
            "End, as by SIGTERM, when the process that started it has ended; =PROCESS: its id, "u8
            + "so that one that ended at once is noticed, too"u8, argumentIsOptional: true);
        table.Microseconds("busy-poll"u8, 0, &options->BusyPoll,
            Duration.Zero, ServerOptions.MaxBusyPoll,
            "Ask for events this long before waiting for them: quicker, at a core's cost"u8);
        table.Choice("splice"u8, 0, &options->Splice, "auto|off"u8,
            "Spare streams the copying, by splice through a pipe"u8);
        table.Custom("verbose"u8, 'v', default, &options->Verbosity, &TakeVerbose,
            "Log connections; given twice, also those that never send a byte"u8);
        table.Switch("quiet"u8, 'q', &options->Verbosity, Verbosity.Quiet,
            "Log warnings and errors only"u8);
    }

    /// <summary>The options that make it show how polling works.</summary>
    private static void DeclareLaboratory(ref OptionTable table, ServerOptions* options)
    {
        table.Choice("poller"u8, 0, &options->Poller, "epoll|poll|select"u8,
            "What waits for events"u8);
        table.Choice("trigger"u8, 0, &options->Trigger, "edge|level"u8,
            "When epoll reports: at a change, or while ready"u8);
        table.Choice("strategy"u8, 0, &options->Strategy, "eager|rearm"u8,
            "eager answers at once; rearm waits for input, then for output, in turn"u8);
        table.Size("read-size"u8, 0, &options->ReadBytes,
            ServerOptions.MinBufferBytes, ServerOptions.MaxBufferBytes,
            "The most that one recv asks for"u8, "the buffer"u8);
        table.Custom("trace"u8, 0, "data"u8, &options->Trace, &TakeTrace,
            "Print each wake-up and system call on stdout; =data: with the bytes"u8,
            argumentIsOptional: true);
        table.File("trace-file"u8, 0, &options->TraceFile,
            "Write the same to FILE as Chrome trace event JSON"u8);
        table.Switch("measure-wait"u8, 0, &options->MeasuresWait,
            "Add turns of the loop and time in the wait call to the statistics"u8);
    }

    /// <summary>On the command line an address each time, in the environment all of them.
    /// </summary>
    private static ReadOnlySpan<byte> TakeAddresses(OptionValue given, void* field)
    {
        ref AddressList addresses = ref *(AddressList*)field;
        if (given.Text.IsEmpty) return ExpectedAddress;
        if (given.IsFirst) addresses.Count = 0;
        if (!given.IsFromEnvironment) return TakeAddress(given.Text, ref addresses);
        foreach (ReadOnlySpan<byte> one in given.Text.Tokenize((byte)','))
        {
            ReadOnlySpan<byte> allowed = TakeAddress(one, ref addresses);
            if (!allowed.IsEmpty) return allowed;
        }
        return default;
    }

    private static ReadOnlySpan<byte> TakeAddress(
        ReadOnlySpan<byte> text, ref AddressList addresses)
    {
        Endpoint address = default; // none: all of IPv6 and IPv4
        if (!text.SequenceEqual("*"u8) && !Endpoint.TryParse(text, out address))
            return ExpectedAddress;
        if (addresses.Count == ServerOptions.MaxAddresses) return "at most 16 addresses"u8;
        addresses[addresses.Count++] = address;
        return default;
    }

    /// <summary>On the command line nothing or a process, in the environment a switch.</summary>
    private static ReadOnlySpan<byte> TakeParent(OptionValue given, void* field)
    {
        ref ParentWatch parent = ref *(ParentWatch*)field;
        parent = new() { IsOn = true };
        if (given.IsFromEnvironment)
            return Quantity.TryParseSwitch(given.Text, out parent.IsOn) ? default : "yes or no"u8;
        if (given.Text.IsEmpty) return default;
        bool isProcess = Quantity.TryParseInteger(given.Text, 1, int.MaxValue, out long process);
        parent.Process = (int)process;
        return isProcess ? default : "nothing or the id of the process that started it"u8;
    }

    /// <summary>On the command line nothing or data, in the environment also a switch.</summary>
    private static ReadOnlySpan<byte> TakeTrace(OptionValue given, void* field)
    {
        ref TraceLevel level = ref *(TraceLevel*)field;
        bool isOn = true;
        bool isData = given.Text.SequenceEqual("data"u8);
        if (!isData && !given.Text.IsEmpty
            && !(given.IsFromEnvironment && Quantity.TryParseSwitch(given.Text, out isOn)))
            return "nothing or data"u8;
        level = isData ? TraceLevel.Data : isOn ? TraceLevel.Calls : TraceLevel.None;
        return default;
    }

    /// <summary>In the environment a level, on the command line one more each time.</summary>
    private static ReadOnlySpan<byte> TakeVerbose(OptionValue given, void* field)
    {
        ref Verbosity verbosity = ref *(Verbosity*)field;
        if (given.IsFromEnvironment)
        {
            bool isLevel = Quantity.TryParseInteger(
                given.Text, (int)Verbosity.Normal, (int)Verbosity.Everything, out long level);
            verbosity = (Verbosity)level;
            return isLevel ? default : "0, 1 or 2"u8;
        }
        if (given.IsFirst || verbosity < Verbosity.Normal) verbosity = Verbosity.Normal;
        if (verbosity < Verbosity.Everything) verbosity++;
        return default;
    }
}
