// What follows from the answers of a trial: a sentence for each, which says so where the kernel did
// not do what epoll(7) says.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Lab;

internal static class TriggerLessons
{
    public static bool TryPrint(int events, in TriggerAnswers answers)
    {
        bool edge = (events & LibC.EPOLLET) != 0;
        bool oneShot = (events & LibC.EPOLLONESHOT) != 0;
        return TryPrintOne(AfterArrival(answers.AfterArrival))
            && TryPrintOne(AfterRead(answers, edge, oneShot))
            && TryPrintOne(AfterNewByte(answers.AfterNewByte, edge, oneShot))
            && TryPrintOne(AfterModify(answers.AfterModify));
    }

    public static ReadOnlySpan<byte> AfterArrival(bool reported) => reported
        ? "Bytes that arrive are reported."u8
        : "NOT AS EPOLL(7) SAYS: bytes have arrived and were not reported."u8;

    public static ReadOnlySpan<byte> AfterRead(
        in TriggerAnswers answers, bool edge, bool oneShot)
    {
        if (oneShot)
        {
            return answers.AfterRead
                ? "NOT AS EPOLL(7) SAYS: one-shot has reported twice."u8
                : "One-shot has had its one report and says no more, whatever is left."u8;
        }
        if (answers.LeftAfterRead == 0)
        {
            return answers.AfterRead
                ? "NOT AS EPOLL(7) SAYS: nothing is left, and it was reported again."u8
                : "Nothing is left to read, so nothing is reported."u8;
        }
        if (edge)
        {
            return answers.AfterRead
                ? "NOT AS EPOLL(7) SAYS: edge trigger has reported again, without a change."u8
                : "Edge trigger reports a change, and there was none: who stops before EAGAIN is "u8
                    + "not told of the rest."u8;
        }
        return answers.AfterRead
            ? "Level trigger reports again while bytes are left: a reader may stop early."u8
            : "NOT AS EPOLL(7) SAYS: bytes are left, and level trigger has not reported again."u8;
    }

    public static ReadOnlySpan<byte> AfterNewByte(bool reported, bool edge, bool oneShot)
    {
        if (oneShot)
        {
            return reported
                ? "NOT AS EPOLL(7) SAYS: one-shot has reported again without being re-armed."u8
                : "One-shot keeps silent even when new bytes arrive."u8;
        }
        if (reported)
        {
            return edge
                ? "New bytes are a change: edge trigger reports, and all can be read."u8
                : "Level trigger reports what is there, new or not."u8;
        }
        return "NOT AS EPOLL(7) SAYS: new bytes have arrived and were not reported."u8;
    }

    public static ReadOnlySpan<byte> AfterModify(bool reported) => reported
        ? "EPOLL_CTL_MOD looks anew: what is there is reported, whatever was reported before."u8
        : "NOT AS EPOLL(7) SAYS: EPOLL_CTL_MOD did not lead to a report of what is there."u8;

    private static bool TryPrintOne(ReadOnlySpan<byte> sentence)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"  => {sentence}\n");
        return StandardOutput.TryWrite(text.Written);
    }
}
