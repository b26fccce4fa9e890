// epollecho lab EXPERIMENT: chooses the experiment. Each has options of its own.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Options;
using Epollecho.Native.Output;

namespace Epollecho.Native.Lab;

internal static unsafe class LabCommand
{
    private static ReadOnlySpan<byte> Documentation =>
        "Experiments on this machine's kernel:\n\n\v"u8
        + "Try 'epollecho lab EXPERIMENT --help' for an experiment's options."u8;

    /// <summary>Runs the experiment that the words name. The exit status.</summary>
    public static int Run(in Arguments arguments)
    {
        Command* list = stackalloc Command[]
        {
            new("triggers"u8,
                "what epoll reports under level trigger, edge trigger and one-shot"u8, &Triggers),
            new("pollers"u8, "what an echo costs under select, poll and epoll"u8, &Pollers),
        };
        CommandList experiments = new(list, 2);
        if (experiments.TryRun(arguments, "epollecho lab"u8, out int status)) return status;
        // --help, --version, or a word that is no experiment: each ends the program.
        OptionTable table = new();
        table.Words("EXPERIMENT"u8, experiments, default);
        CommandLine.Parse(arguments, &table, Documentation);
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("lab: an experiment is missing; expected "u8);
        experiments.AppendNames(ref text);
        Log.WriteError(text.Written);
        return CommandLine.ExitUsage;
    }

    private static int Triggers(in Arguments arguments) =>
        TriggersExperiment.Run(TriggersCommandLine.Parse(arguments));

    private static int Pollers(in Arguments arguments) =>
        PollersExperiment.Run(PollersCommandLine.Parse(arguments));
}
