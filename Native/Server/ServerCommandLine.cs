// The server's options: the table that --help prints, and what each value must be.
using System;
using CommunityToolkit.HighPerformance;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Net;
using Epollecho.Native.Options;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Engine;

namespace Epollecho.Native.Server;

internal static unsafe class ServerCommandLine
{
    // Short options have their letter as key, the others numbers that are no letters.
    private const int KeyBacklog = 256;
    private const int KeyPortFile = 257;
    private const int KeyBuffer = 258;
    private const int KeyMaxConnections = 259;
    private const int KeyMaxMemory = 260;
    private const int KeyGrace = 261;

    private const int KeyPoller = 262;
    private const int KeyTrigger = 263;
    private const int KeyStrategy = 264;
    private const int KeyReadSize = 265;
    private const int KeyTrace = 266;
    private const int KeyTraceFile = 267;
    private const int KeyMeasureWait = 268;
    private const int KeyEndWithParent = 269;
    private const int KeyBusyPoll = 270;
    private const int KeySplice = 271;

    private const int TableLength = 22;

    private static ReadOnlySpan<byte> Documentation =>
        "Echoes every byte that a TCP client sends: one thread, one epoll loop.\n\n"u8
        + "Other commands, each with a --help of its own:\n\n"u8
        + "  client   type or pipe in, see what comes back\n"u8
        + "  ping     round trips; its exit status is a health check\n"u8
        + "  bench    load with verified bytes and honest percentiles\n"u8
        + "  lab      experiments on this machine's kernel\v"u8
        + "SIZE is in bytes, or takes k, M or G (powers of 1024). TIME is in seconds, or takes "u8
        + "ms, s or m. Every option can be given in the environment, too, as EPOLLECHO_PORT, "u8
        + "EPOLLECHO_MAX_MEMORY and so on; the command line wins.\n\n"u8
        + "SIGTERM and SIGINT end it gracefully, a second one at once; SIGUSR1 prints "u8
        + "statistics."u8;

    /// <summary>Reads the options from the environment and the command line; does not come back
    /// from --help, --version and misuse.</summary>
    public static ServerOptions Parse(in Arguments arguments)
    {
        ServerOptions options = new();
        ArgpOption* table = stackalloc ArgpOption[TableLength];
        FillTable(new Span<ArgpOption>(table, TableLength));
        CommandLine.Parse(arguments, table, default, Documentation, &Apply, &options);
        Complete(ref options);
        return options;
    }

    /// <summary>What depends on more than one option.</summary>
    private static void Complete(ref ServerOptions options)
    {
        if (options.Poller != PollerKind.Epoll)
        {
            if (options.TriggerIsGiven && options.Trigger == Trigger.Edge)
                CommandLine.Refuse("--trigger"u8, "edge"u8, "level, for only epoll has edge"u8);
            options.Trigger = Trigger.Level;
        }
        if (options.ReadBytes == 0 || options.ReadBytes > options.BufferBytes)
            options.ReadBytes = options.BufferBytes;
    }

    private static void FillTable(Span<ArgpOption> table)
    {
        int i = 0;
        table[i++] = CommandLine.Option("port"u8, 'p', "PORT"u8,
            "Port to listen on, 0 for any (7080)"u8);
        table[i++] = CommandLine.Option("bind"u8, 'b', "ADDRESS"u8,
            "Address to listen on: IPv4, IPv6, or * for all (*); may be repeated"u8);
        table[i++] = CommandLine.Option("backlog"u8, KeyBacklog, "COUNT"u8,
            "Connections that may wait to be accepted; the kernel may clamp it (4096)"u8);
        table[i++] = CommandLine.Option("port-file"u8, KeyPortFile, "FILE"u8,
            "Write the port to FILE once listening; removed at exit"u8);
        table[i++] = CommandLine.Option("buffer"u8, KeyBuffer, "SIZE"u8,
            "Receive buffer, shared by all connections (256k)"u8);
        table[i++] = CommandLine.Option("max-connections"u8, KeyMaxConnections, "COUNT"u8,
            "Connections served at a time; more are closed at once (1048576)"u8);
        table[i++] = CommandLine.Option("max-memory"u8, KeyMaxMemory, "SIZE"u8,
            "Bound on memory that holds bytes for peers that do not read (64M)"u8);
        table[i++] = CommandLine.Option("grace"u8, KeyGrace, "TIME"u8,
            "When told to end, go on echoing to open connections for up to this (5s)"u8);
        table[i++] = CommandLine.Option("end-with-parent"u8, KeyEndWithParent, "PROCESS"u8,
            "End, as by SIGTERM, when the process that started it has ended; =PROCESS: its id, "u8
            + "so that one that ended at once is noticed, too"u8);
        table[i - 1].Flags = Argp.OptionalArgument;
        table[i++] = CommandLine.Option("busy-poll"u8, KeyBusyPoll, "MICROSECONDS"u8,
            "Ask for events this long before waiting for them: quicker, at a core's cost (0)"u8);
        table[i++] = CommandLine.Option("splice"u8, KeySplice, "auto|off"u8,
            "Spare streams the copying, by splice through a pipe (auto)"u8);
        table[i++] = CommandLine.Option("poller"u8, KeyPoller, "NAME"u8,
            "What waits for events: epoll, poll or select (epoll)"u8);
        table[i++] = CommandLine.Option("trigger"u8, KeyTrigger, "NAME"u8,
            "When epoll reports: edge, at a change, or level, while ready (edge)"u8);
        table[i++] = CommandLine.Option("strategy"u8, KeyStrategy, "NAME"u8,
            "eager answers at once; rearm waits for input, then for output, in turn (eager)"u8);
        table[i++] = CommandLine.Option("read-size"u8, KeyReadSize, "SIZE"u8,
            "The most that one recv asks for (the buffer)"u8);
        table[i++] = CommandLine.Option("trace"u8, KeyTrace, "data"u8,
            "Print each wake-up and system call on stdout; =data: with the bytes"u8);
        table[i - 1].Flags = Argp.OptionalArgument;
        table[i++] = CommandLine.Option("trace-file"u8, KeyTraceFile, "FILE"u8,
            "Write the same to FILE as Chrome trace event JSON"u8);
        table[i++] = CommandLine.Option("measure-wait"u8, KeyMeasureWait, default,
            "Add turns of the loop and time in the wait call to the statistics"u8);
        table[i++] = CommandLine.Option("verbose"u8, 'v', default,
            "Log connections; given twice, also those that never send a byte"u8);
        table[i++] = CommandLine.Option("quiet"u8, 'q', default, "Log warnings and errors only"u8);
        table[i++] = CommandLine.Option("version"u8, CommandLine.KeyVersion, default,
            "Print version and commit"u8);
        table[i] = default;
    }

    /// <summary>Takes one value into the options. Nothing when it is good, else what would be.
    /// </summary>
    private static ReadOnlySpan<byte> Apply(OptionValue given, void* target)
    {
        ref ServerOptions options = ref *(ServerOptions*)target;
        switch (given.Key)
        {
            case 'p':
                return CommandLine.TakeInteger(given, 0, 65535, ref options.Port)
                    ? default : "a port number from 0 to 65535"u8;
            case 'b':
                return TakeAddresses(given, ref options);
            case KeyBacklog:
                return CommandLine.TakeInteger(given, 1, int.MaxValue, ref options.Backlog)
                    ? default : "a number from 1 to 2147483647"u8;
            case KeyPortFile:
                options.PortFile = CommandLine.Constant(given.Text);
                return given.Text.IsEmpty ? "the name of a file"u8 : default;
            case KeyBuffer:
                return TakeSize(given, ref options.BufferBytes);
            case KeyMaxConnections:
                return CommandLine.TakeInteger(
                    given, 1, ServerOptions.MaxConnectionsLimit, ref options.MaxConnections)
                    ? default : "a number from 1 to 16777216"u8;
            case KeyMaxMemory:
                return Quantity.TryParseSize(
                    given.Text, 0, ServerOptions.MaxMemoryBytes, out options.MemoryBytes)
                    ? default : "a size from 0 to 1024G, as in 64M"u8;
            case KeyGrace:
                return Quantity.TryParseDuration(
                    given.Text, 0, ServerOptions.MaxGraceMs, out options.GraceMs)
                    ? default : "a time from 0 to 1440m, as in 5s or 500ms"u8;
            case KeyBusyPoll:
                return CommandLine.TakeInteger(
                    given, 0, ServerOptions.MaxBusyPollUs, ref options.BusyPollUs)
                    ? default : "microseconds, from 0 to 1000000"u8;
            case KeySplice:
                return TakeName(given, "off"u8, "auto"u8, default, out int splices)
                    ? Set(ref options.Splices, splices == 1) : "auto or off"u8;
            case KeyEndWithParent:
                return TakeParent(given, ref options);
            case 'v':
                return TakeVerbose(given, ref options);
            case 'q':
                return TakeQuiet(given, ref options);
            default:
                return ApplyLaboratory(given, ref options);
        }
    }

    /// <summary>The options that make it show how polling works.</summary>
    private static ReadOnlySpan<byte> ApplyLaboratory(
        OptionValue given, ref ServerOptions options)
    {
        switch (given.Key)
        {
            case KeyPoller:
                return TakeName(given, "epoll"u8, "poll"u8, "select"u8, out int poller)
                    ? Set(ref options.Poller, (PollerKind)poller) : "epoll, poll or select"u8;
            case KeyTrigger:
                options.TriggerIsGiven = true;
                return TakeName(given, "edge"u8, "level"u8, default, out int trigger)
                    ? Set(ref options.Trigger, (Trigger)trigger) : "edge or level"u8;
            case KeyStrategy:
                return TakeName(given, "eager"u8, "rearm"u8, default, out int strategy)
                    ? Set(ref options.Strategy, (Strategy)strategy) : "eager or rearm"u8;
            case KeyReadSize:
                return TakeSize(given, ref options.ReadBytes);
            case KeyTrace:
                return TakeTrace(given, ref options);
            case KeyTraceFile:
                options.TraceFile = CommandLine.Constant(given.Text);
                return given.Text.IsEmpty ? "the name of a file"u8 : default;
            case KeyMeasureWait:
                return CommandLine.TakeSwitch(given, ref options.MeasuresWait)
                    ? default : "yes or no"u8;
            default:
                return "an option, or first of all a command: serve, client, ping, bench or lab"u8;
        }
    }

    private static ReadOnlySpan<byte> Set<T>(ref T option, T value)
    {
        option = value;
        return default;
    }

    private static bool TakeName(
        OptionValue given, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second,
        ReadOnlySpan<byte> third, out int index)
    {
        index = given.Text.SequenceEqual(first) ? 0
            : given.Text.SequenceEqual(second) ? 1
            : !third.IsEmpty && given.Text.SequenceEqual(third) ? 2
            : -1;
        return index >= 0;
    }

    private static ReadOnlySpan<byte> TakeTrace(OptionValue given, ref ServerOptions options)
    {
        bool isOn = true;
        if (given.Text.SequenceEqual("data"u8)) return Set(ref options.Trace, TraceLevel.Data);
        if (!given.Text.IsEmpty
            && !(given.IsFromEnvironment && Quantity.TryParseSwitch(given.Text, out isOn)))
            return "nothing or data"u8;
        return Set(ref options.Trace, isOn ? TraceLevel.Calls : TraceLevel.None);
    }

    /// <summary>On the command line nothing or a process, in the environment a switch.</summary>
    private static ReadOnlySpan<byte> TakeParent(OptionValue given, ref ServerOptions options)
    {
        options.ParentProcess = 0;
        if (given.IsFromEnvironment || given.Text.IsEmpty)
        {
            return CommandLine.TakeSwitch(given, ref options.EndsWithParent)
                ? default : "yes or no"u8;
        }
        options.EndsWithParent = true;
        return CommandLine.TakeInteger(given, 1, int.MaxValue, ref options.ParentProcess)
            ? default : "nothing or the id of the process that started it"u8;
    }

    private static ReadOnlySpan<byte> TakeAddresses(OptionValue given, ref ServerOptions options)
    {
        if (given.Text.IsEmpty) return ExpectedAddress;
        if (options.AddressesAreFromEnvironment) options.AddressCount = 0;
        options.AddressesAreFromEnvironment = given.IsFromEnvironment;
        if (!given.IsFromEnvironment) return TakeAddress(given.Text, ref options);
        foreach (ReadOnlySpan<byte> one in given.Text.Tokenize((byte)','))
        {
            ReadOnlySpan<byte> allowed = TakeAddress(one, ref options);
            if (!allowed.IsEmpty) return allowed;
        }
        return default;
    }

    private static ReadOnlySpan<byte> ExpectedAddress =>
        "an IPv4 or IPv6 address of this machine, or * for all"u8;

    private static ReadOnlySpan<byte> TakeAddress(
        ReadOnlySpan<byte> text, ref ServerOptions options)
    {
        Endpoint address = default; // none: all of IPv6 and IPv4
        if (!text.SequenceEqual("*"u8) && !Endpoint.TryParse(text, out address))
            return ExpectedAddress;
        if (options.AddressCount == ServerOptions.MaxAddresses) return "at most 16 addresses"u8;
        options.Addresses[options.AddressCount++] = address;
        return default;
    }

    private static ReadOnlySpan<byte> TakeSize(OptionValue given, ref int into)
    {
        if (!Quantity.TryParseSize(
            given.Text, ServerOptions.MinBufferBytes, ServerOptions.MaxBufferBytes,
            out long bytes)) return "a size from 1 to 16M, as in 64k"u8;
        into = (int)bytes;
        return default;
    }

    private static ReadOnlySpan<byte> TakeVerbose(OptionValue given, ref ServerOptions options)
    {
        if (given.IsFromEnvironment)
        {
            if (!Quantity.TryParseInteger(given.Text, 0, 2, out long level))
                return "0, 1 or 2"u8;
            options.Verbosity = (Verbosity)level;
        }
        else if (options.VerbosityIsFromEnvironment || options.Verbosity == Verbosity.Quiet)
        {
            options.Verbosity = Verbosity.Connections;
        }
        else if (options.Verbosity < Verbosity.Everything)
        {
            options.Verbosity++;
        }
        options.VerbosityIsFromEnvironment = given.IsFromEnvironment;
        return default;
    }

    private static ReadOnlySpan<byte> TakeQuiet(OptionValue given, ref ServerOptions options)
    {
        bool quiet = false;
        if (!CommandLine.TakeSwitch(given, ref quiet)) return "yes or no"u8;
        if (quiet) options.Verbosity = Verbosity.Quiet;
        options.VerbosityIsFromEnvironment = given.IsFromEnvironment;
        return default;
    }
}
