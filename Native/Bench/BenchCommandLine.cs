// The options of epollecho bench, by the names that wrk, wrk2 and iperf3 have for them.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Load;
using Epollecho.Native.Options;

namespace Epollecho.Native.Bench;

internal static unsafe class BenchCommandLine
{
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
        Modes modes = default;
        OptionTable table = new();
        DeclareLoad(ref table, &options, &modes);
        TargetOptions.Declare(ref table, &options.Target,
            "How long to wait for a connection, and for bytes that are to come back"u8);
        table.Switch("quiet"u8, 'q', &options.IsQuiet, "Show no progress"u8);
        table.Switch("json"u8, 0, &options.IsJson, "Print the results as JSON"u8);
        table.File("hgrm"u8, 0, &options.DistributionFile,
            "Write the latency distribution to FILE, for HdrHistogram's plotter"u8);
        CommandLine.Parse(arguments, &table, Documentation);
        if (modes.Churn && modes.Stream)
        {
            CommandLine.Reject(
                arguments, ref table, &modes.Stream, "--churn or --stream, not both"u8);
        }
        options.Mode = modes.Churn ? LoadMode.Churn
            : modes.Stream ? LoadMode.Stream
            : LoadMode.Echo;
        RejectContradictions(arguments, ref table, &options);
        Complete(table, &options);
        return options;
    }

    private static void DeclareLoad(ref OptionTable table, BenchOptions* options, Modes* modes)
    {
        table.Number("connections"u8, 'c', &options->Connections, 1, BenchOptions.MaxConnections,
            "Connections at a time"u8);
        table.Time("duration"u8, 'd', &options->Duration,
            Duration.FromMilliseconds(1), BenchOptions.MaxDuration, "How long to measure"u8);
        table.Number("count"u8, 'n', &options->Count, 1, long.MaxValue,
            "Messages in all, or connections with --churn, instead of a time"u8);
        table.Size("size"u8, 's', &options->SizeBytes, 1, BenchOptions.MaxSizeBytes,
            "Bytes of a message, up to 64M; with --stream, if not given, 64k at a time"u8);
        table.Number("pipeline"u8, 0, &options->Pipeline, 1, BenchOptions.MaxPipeline,
            "Messages of a connection under way at a time"u8);
        table.Number("rate"u8, 'r', &options->Rate, 1, BenchOptions.MaxRate,
            "Messages a second in all, on schedule"u8, "as many as come back"u8);
        table.Time("warmup"u8, 0, &options->WarmUp, Duration.Zero, BenchOptions.MaxDuration,
            "Load before anything is measured"u8);
        table.Number("connect-rate"u8, 0, &options->ConnectRate, 1, BenchOptions.MaxRate,
            "Connections opened a second"u8, "as fast as they are accepted"u8);
        table.Switch("churn"u8, 0, &modes->Churn,
            "Connect, one message, close, again and again"u8);
        table.Switch("stream"u8, 0, &modes->Stream,
            "As many bytes as go through, both ways at once"u8);
        table.Switch("no-verify"u8, 0, &options->SkipsVerification,
            "Do not compare what comes back"u8);
        table.Number("workers"u8, 'w', &options->Workers, 1, BenchOptions.MaxWorkers,
            "Threads, each with a loop of its own"u8);
    }

    private static void RejectContradictions(
        in Arguments arguments, ref OptionTable table, BenchOptions* options)
    {
        if (options->Target.Timeout.IsZero)
        {
            CommandLine.Reject(
                arguments, ref table, &options->Target.Timeout, "a limit: a load must end"u8);
        }
        ReadOnlySpan<byte> neither = "neither --churn nor --stream with it"u8;
        if (options->Mode != LoadMode.Echo && options->Rate != 0)
            CommandLine.Reject(arguments, ref table, &options->Rate, neither);
        if (options->Mode != LoadMode.Echo && options->Pipeline != 1)
            CommandLine.Reject(arguments, ref table, &options->Pipeline, neither);
        if (options->Mode == LoadMode.Stream && options->Count != 0)
        {
            CommandLine.Reject(
                arguments, ref table, &options->Count,
                "a --duration, for --stream has no count"u8);
        }
    }

    /// <summary>Defaults that depend on other options.</summary>
    private static void Complete(in OptionTable table, BenchOptions* options)
    {
        if (options->Mode == LoadMode.Stream
            && table.OriginOf(&options->SizeBytes) == Origin.Default)
            options->SizeBytes = BenchOptions.StreamSizeBytes;
        if (options->Count > 0 && table.OriginOf(&options->Duration) == Origin.Default)
            options->Duration = BenchOptions.MaxDuration;
        options->Workers = int.Min(options->Workers, options->Connections);
    }

    /// <summary>The switches that choose a mode, of which one may be given.</summary>
    private struct Modes
    {
        public bool Churn;
        public bool Stream;
    }
}
