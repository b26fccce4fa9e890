// Event masks of epoll and poll as people read them: EPOLLIN|EPOLLET.
using Epollecho.Native.Base;
using Tmds.Linux;

namespace Epollecho.Native.Output;

internal static class EventNames
{
    /// <summary>Appends the names of the mask's bits, the rest as a number, 0 for none.</summary>
    public static void Append(ref TextBuilder text, int events)
    {
        int before = text.Written.Length;
        int rest = events;
        AppendIf(ref text, ref rest, LibC.EPOLLIN, "EPOLLIN"u8, before);
        AppendIf(ref text, ref rest, LibC.EPOLLPRI, "EPOLLPRI"u8, before);
        AppendIf(ref text, ref rest, LibC.EPOLLOUT, "EPOLLOUT"u8, before);
        AppendIf(ref text, ref rest, LibC.EPOLLRDHUP, "EPOLLRDHUP"u8, before);
        AppendIf(ref text, ref rest, LibC.EPOLLERR, "EPOLLERR"u8, before);
        AppendIf(ref text, ref rest, LibC.EPOLLHUP, "EPOLLHUP"u8, before);
        AppendIf(ref text, ref rest, LibC.EPOLLONESHOT, "EPOLLONESHOT"u8, before);
        AppendIf(ref text, ref rest, LibC.EPOLLET, "EPOLLET"u8, before);
        if (rest == 0 && text.Written.Length > before) return;
        if (text.Written.Length > before) text.Append("|"u8);
        text.AppendHexadecimal((uint)rest);
    }

    /// <summary>Appends an event of a list: (5, 0x1 EPOLLIN), behind a comma but for the first.
    /// </summary>
    public static void AppendEvent(ref TextBuilder text, int index, long fd, int events)
    {
        text.Append(index == 0 ? "("u8 : ", ("u8);
        text.Append(fd);
        text.Append(", "u8);
        text.AppendHexadecimal((uint)events);
        text.Append(" "u8);
        Append(ref text, events);
        text.Append(")"u8);
    }

    private static void AppendIf(
        ref TextBuilder text, ref int events, int bit, System.ReadOnlySpan<byte> name, int before)
    {
        if ((events & bit) != bit) return;
        if (text.Written.Length > before) text.Append("|"u8);
        text.Append(name);
        events &= ~bit;
    }
}
