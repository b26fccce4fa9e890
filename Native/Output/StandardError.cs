// Messages on stderr that are not lines of the log, written whole, waiting for the reader if need
// be: what a mode says as it goes, and, on a terminal, one line of progress that is overwritten
// again and again. Errors are not reported, for there is no other place to report them to.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;

namespace Epollecho.Native.Output;

internal static class StandardError
{
    public const int Fd = 2;

    private const int MaxLineLength = LineSink.MaxLineLength;

    /// <summary>Is it a terminal? A line of progress is for people only.</summary>
    public static bool IsTerminal => Files.KindOf(Fd) == FileKind.Terminal;

    public static void Write(scoped ReadOnlySpan<byte> bytes) => _ = Files.WriteAll(Fd, bytes);

    /// <summary>Puts a line, which comes without a line feed, in the place of the terminal's
    /// current one.</summary>
    public static void ShowProgress(scoped ReadOnlySpan<byte> line)
    {
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("\r"u8);
        text.Append(line);
        text.Append("\x1b[K"u8); // ECMA-48, EL: erase to the end of the line
        Write(text.Written);
    }

    /// <summary>Removes the line of progress.</summary>
    public static void ClearLine() => Write("\r\x1b[K"u8);
}
