// Event masks of epoll and poll as people read them: EPOLLIN|EPOLLET. In u8 pieces, for the trace
// writes them.
using System;
using Epollecho.Native.Base;
using Tmds.Linux;

namespace Epollecho.Native.Output;

/// <summary>The names of a mask's bits, those without a name as a number; 0x0 for none.</summary>
internal readonly struct EventNames(int events) : IAppendable
{
    public void AppendTo(ref TextBuilder text)
    {
        int start = text.Written.Length;
        int rest = events;
        AppendIf(ref text, ref rest, LibC.EPOLLIN, "EPOLLIN"u8, start);
        AppendIf(ref text, ref rest, LibC.EPOLLPRI, "EPOLLPRI"u8, start);
        AppendIf(ref text, ref rest, LibC.EPOLLOUT, "EPOLLOUT"u8, start);
        AppendIf(ref text, ref rest, LibC.EPOLLRDHUP, "EPOLLRDHUP"u8, start);
        AppendIf(ref text, ref rest, LibC.EPOLLERR, "EPOLLERR"u8, start);
        AppendIf(ref text, ref rest, LibC.EPOLLHUP, "EPOLLHUP"u8, start);
        AppendIf(ref text, ref rest, LibC.EPOLLONESHOT, "EPOLLONESHOT"u8, start);
        AppendIf(ref text, ref rest, LibC.EPOLLET, "EPOLLET"u8, start);
        if (rest == 0 && text.Written.Length > start) return;
        if (text.Written.Length > start) text.Append("|"u8);
        text.Append(new Hexadecimal((uint)rest));
    }

    private static void AppendIf(
        ref TextBuilder text, ref int events, int bit, ReadOnlySpan<byte> name, int start)
    {
        if ((events & bit) != bit) return;
        if (text.Written.Length > start) text.Append("|"u8);
        text.Append(name);
        events &= ~bit;
    }
}

/// <summary>An event as epoll_wait reports it: "(5, 0x1 EPOLLIN)".</summary>
internal readonly struct ReportedEvent(int fd, int events) : IAppendable
{
    public void AppendTo(ref TextBuilder text)
    {
        text.Append("("u8);
        text.Append(fd);
        text.Append(", "u8);
        text.Append(new Hexadecimal((uint)events));
        text.Append(" "u8);
        text.Append(new EventNames(events));
        text.Append(")"u8);
    }
}
