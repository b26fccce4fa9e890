// The options of epollecho bench, by the names that wrk, wrk2 and iperf3 have for them.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Epollecho.Native.Net;
using Epollecho.Native.Options;

namespace Epollecho.Native.Bench;

internal static unsafe class BenchCommandLine
{
    private const int KeyPipeline = 256;
    private const int KeyWarmUp = 257;
    private const int KeyConnectRate = 258;
    private const int KeyChurn = 259;
    private const int KeyStream = 260;
    private const int KeyNoVerify = 261;
    private const int KeyJson = 262;
    private const int KeyDistribution = 263;
    private const int TableLength = TargetOptions.TableLength + 17;

    private static ReadOnlySpan<byte> Documentation =>
        "Loads an echo server and checks every byte that comes back. Without HOST it is "u8
        + "127.0.0.1, without PORT 7080.\v"u8
        + "TIME is in seconds, or takes ms, s or m; SIZE is in bytes, or takes k or M. Every "u8
        + "option can be given in the environment, too, as EPOLLECHO_CONNECTIONS and so on; the "u8
        + "command line wins.\n\n"u8
        + "With --rate each message has its planned time, and its latency from plan counts from "u8
        + "there, so that a server that stalls does not hide what it kept waiting.\n\n"u8
        + "The exit status is 0 if every byte came back, 1 if one was wrong or lost or a "u8
        + "connection failed."u8;

    /// <summary>Reads the options from the environment and the command line; does not come back
    /// from --help, --version and misuse.</summary>
    public static BenchOptions Parse(in Arguments arguments)
    {
        BenchOptions options = new();
        ArgpOption* table = stackalloc ArgpOption[TableLength];
        FillTable(new Span<ArgpOption>(table, TableLength));
        CommandLine.Parse(
            arguments, table, "[HOST][:PORT]"u8, Documentation, &Apply, &options);
        RefuseContradictions(options);
        options.Complete();
        return options;
    }

    private static void FillTable(Span<ArgpOption> table)
    {
        int i = 0;
        table[i++] = CommandLine.Option("connections"u8, 'c', "COUNT"u8,
            "Connections at a time (50)"u8);
        table[i++] = CommandLine.Option("duration"u8, 'd', "TIME"u8,
            "How long to measure (10s)"u8);
        table[i++] = CommandLine.Option("count"u8, 'n', "COUNT"u8,
            "Messages in all, or connections with --churn, instead of a time"u8);
        table[i++] = CommandLine.Option("size"u8, 's', "SIZE"u8,
            "Bytes of a message, up to 64M (64; with --stream 64k at a time)"u8);
        table[i++] = CommandLine.Option("pipeline"u8, KeyPipeline, "COUNT"u8,
            "Messages of a connection under way at a time (1)"u8);
        table[i++] = CommandLine.Option("rate"u8, 'r', "COUNT"u8,
            "Messages a second in all, on schedule (as many as come back)"u8);
        table[i++] = CommandLine.Option("warmup"u8, KeyWarmUp, "TIME"u8,
            "Load before anything is measured (0)"u8);
        table[i++] = CommandLine.Option("connect-rate"u8, KeyConnectRate, "COUNT"u8,
            "Connections opened a second (as fast as they are accepted)"u8);
        table[i++] = CommandLine.Option("churn"u8, KeyChurn, default,
            "Connect, one message, close, again and again"u8);
        table[i++] = CommandLine.Option("stream"u8, KeyStream, default,
            "As many bytes as go through, both ways at once"u8);
        table[i++] = CommandLine.Option("no-verify"u8, KeyNoVerify, default,
            "Do not compare what comes back"u8);
        table[i++] = CommandLine.Option("workers"u8, 'w', "COUNT"u8,
            "Threads, each with a loop of its own (1)"u8);
        TargetOptions.FillTable(table, ref i,
            "How long to wait for a connection, and for bytes that are to come back (10s)"u8);
        table[i++] = CommandLine.Option("quiet"u8, 'q', default, "Show no progress"u8);
        table[i++] = CommandLine.Option("json"u8, KeyJson, default,
            "Print the results as JSON"u8);
        table[i++] = CommandLine.Option("hgrm"u8, KeyDistribution, "FILE"u8,
            "Write the latency distribution to FILE, for HdrHistogram's plotter"u8);
        table[i++] = CommandLine.Option("version"u8, CommandLine.KeyVersion, default,
            "Print version and commit"u8);
        table[i] = default;
    }

    private static void RefuseContradictions(in BenchOptions options)
    {
        if (options.Target.TimeoutMs == 0)
            CommandLine.Refuse("--timeout"u8, "0"u8, "a limit: a load must end"u8);
        if (options.Mode != LoadMode.Echo && options.Rate != 0)
            CommandLine.Refuse("--rate"u8, "given"u8, "neither --churn nor --stream with it"u8);
        if (options.Mode != LoadMode.Echo && options.Pipeline != 1)
            CommandLine.Refuse("--pipeline"u8, "given"u8, "neither --churn nor --stream with it"u8);
        if (options.Mode == LoadMode.Stream && options.Count != 0)
            CommandLine.Refuse("--count"u8, "given"u8, "a --duration, for --stream has no count"u8);
    }

    private static ReadOnlySpan<byte> Apply(OptionValue given, void* target)
    {
        ref BenchOptions options = ref *(BenchOptions*)target;
        switch (given.Key)
        {
            case 'c':
                return CommandLine.TakeInteger(
                    given, 1, BenchOptions.MaxConnections, ref options.Connections)
                    ? default : "a number from 1 to 1048576"u8;
            case 'd':
                return Quantity.TryParseDuration(
                    given.Text, 1, BenchOptions.MaxDurationMs, out options.DurationMs)
                    ? default : "a time from 1ms to 10080m, as in 10s"u8;
            case 'n':
                return Quantity.TryParseInteger(given.Text, 1, long.MaxValue, out options.Count)
                    ? default : "a number from 1"u8;
            case 's':
                bool isSize = Quantity.TryParseSize(
                    given.Text, 1, BenchOptions.MaxSizeBytes, out long bytes);
                options.SizeBytes = (int)bytes;
                return isSize ? default : "a size from 1 to 64M, as in 1k"u8;
            case KeyPipeline:
                return CommandLine.TakeInteger(
                    given, 1, BenchOptions.MaxPipeline, ref options.Pipeline)
                    ? default : "a number from 1 to 65536"u8;
            case 'r':
                return CommandLine.TakeInteger(
                    given, 1, BenchOptions.MaxRate, ref options.Rate)
                    ? default : "a number from 1 to 100000000"u8;
            case KeyWarmUp:
                return Quantity.TryParseDuration(
                    given.Text, 0, BenchOptions.MaxDurationMs, out options.WarmUpMs)
                    ? default : "a time from 0 to 10080m, as in 2s"u8;
            case KeyConnectRate:
                return CommandLine.TakeInteger(
                    given, 1, BenchOptions.MaxRate, ref options.ConnectRate)
                    ? default : "a number from 1 to 100000000"u8;
            case 'w':
                return CommandLine.TakeInteger(
                    given, 1, BenchOptions.MaxWorkers, ref options.Workers)
                    ? default : "a number from 1 to 256"u8;
            case KeyDistribution:
                options.DistributionFile = CommandLine.Constant(given.Text);
                return given.Text.IsEmpty ? "the name of a file"u8 : default;
            default:
                return ApplySwitch(given, ref options);
        }
    }

    private static ReadOnlySpan<byte> ApplySwitch(OptionValue given, ref BenchOptions options)
    {
        switch (given.Key)
        {
            case KeyChurn:
                return TakeMode(given, LoadMode.Churn, ref options.Mode);
            case KeyStream:
                return TakeMode(given, LoadMode.Stream, ref options.Mode);
            case KeyNoVerify:
                return CommandLine.TakeSwitch(given, ref options.SkipsVerification)
                    ? default : "yes or no"u8;
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

    private static ReadOnlySpan<byte> TakeMode(
        OptionValue given, LoadMode wanted, ref LoadMode mode)
    {
        bool isOn = false;
        if (!CommandLine.TakeSwitch(given, ref isOn)) return "yes or no"u8;
        if (isOn && mode != LoadMode.Echo && mode != wanted)
            return "--churn or --stream, not both"u8;
        if (isOn) mode = wanted;
        return default;
    }
}
