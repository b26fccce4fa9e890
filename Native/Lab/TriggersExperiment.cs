// epollecho lab triggers: the same steps under each way of watching, then what follows from what
// the kernel answered. Nothing that is printed as an answer comes from anywhere else.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Lab;

internal static class TriggersExperiment
{
    private const int WatchCount = 4;

    /// <summary>The exit status: 0 done, 1 failed.</summary>
    public static int Run(in TriggersOptions options)
    {
        if (!TriggerTrial.TryCheckSize(options)) return 1; // before anything is printed
        for (int i = 0; i < WatchCount; i++)
        {
            int events = Events(i);
            if (!TryPrintTitle(Title(i), events)) return 1;
            if (!TriggerTrial.TryRun(options, events, out TriggerAnswers answers)) return 1;
            if (!TriggerLessons.TryPrint(events, answers)) return 1;
            if (i < WatchCount - 1 && !StandardOutput.TryWrite("\n"u8)) return 1;
        }
        return 0;
    }

    private static int Events(int index) => index switch
    {
        0 => LibC.EPOLLIN,
        1 => LibC.EPOLLIN | LibC.EPOLLET,
        2 => LibC.EPOLLIN | LibC.EPOLLONESHOT,
        _ => LibC.EPOLLIN | LibC.EPOLLET | LibC.EPOLLONESHOT,
    };

    private static ReadOnlySpan<byte> Title(int index) => index switch
    {
        0 => "level trigger"u8,
        1 => "edge trigger"u8,
        2 => "level trigger, one-shot"u8,
        _ => "edge trigger, one-shot"u8,
    };

    private static bool TryPrintTitle(ReadOnlySpan<byte> title, int events)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"{title}: epoll_ctl(EPOLL_CTL_ADD, {new EventNames(events)})\n");
        return StandardOutput.TryWrite(text.Written);
    }
}
