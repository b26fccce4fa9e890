// epollecho lab EXPERIMENT: chooses the experiment. Each has options of its own.
using System;
using Epollecho.Interop;
using Epollecho.Native.Options;
using Epollecho.Native.Output;

namespace Epollecho.Native.Lab;

internal static unsafe class LabCommand
{
    private const int TableLength = 2;

    private static ReadOnlySpan<byte> Documentation =>
        "Experiments on this machine's kernel:\n\n"u8
        + "  triggers   what epoll reports under level trigger, edge trigger and one-shot\n"u8
        + "  pollers    what an echo costs under select, poll and epoll\v"u8
        + "Try 'epollecho lab EXPERIMENT --help' for an experiment's options."u8;

    /// <summary>Runs the experiment that the words name. The exit status.</summary>
    public static int Run(Arguments arguments)
    {
        if (arguments.TakeCommand("triggers"u8, "epollecho lab triggers"u8))
            return TriggersExperiment.Run(TriggersCommandLine.Parse(arguments));
        if (arguments.TakeCommand("pollers"u8, "epollecho lab pollers"u8))
            return PollersExperiment.Run(PollersCommandLine.Parse(arguments));
        AnswerWithoutExperiment(arguments);
        Log.WriteError("lab: an experiment is missing; expected triggers or pollers"u8);
        return CommandLine.ExitUsage;
    }

    /// <summary>--help, --version, or a word that is no experiment: each ends the program.
    /// </summary>
    private static void AnswerWithoutExperiment(in Arguments arguments)
    {
        ArgpOption* table = stackalloc ArgpOption[TableLength];
        table[0] = CommandLine.Option("version"u8, CommandLine.KeyVersion, default,
            "Print version and commit"u8);
        table[1] = default;
        CommandLine.Parse(arguments, table, "EXPERIMENT"u8, Documentation, &Refuse, null);
    }

    private static ReadOnlySpan<byte> Refuse(OptionValue given, void* target) =>
        "triggers or pollers"u8;
}
