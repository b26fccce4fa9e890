// Whole lines to a standard stream, which never stop or delay the caller. A line that the stream
// does not take at once is dropped and counted, and the count is reported when it takes lines
// again.
using System;
using Epollecho.Native.Base;

namespace Epollecho.Native.Output;

internal struct LineSink
{
    /// <summary>The longest line, in bytes. Less than PIPE_BUF (4096), so that a line goes into
    /// a pipe whole or not at all.</summary>
    public const int MaxLineLength = 1024;

    private NonBlockingOutput stream;
    private long dropped; // lines since the last report

    /// <summary>A sink on one of the process's standard streams.</summary>
    public static LineSink Open(int standardFd) =>
        new() { stream = NonBlockingOutput.Open(standardFd) };

    /// <summary>Writes a line, which comes with its line feed.</summary>
    public void Write(scoped ReadOnlySpan<byte> line)
    {
        if (dropped > 0 && !TryReportDropped())
        {
            dropped++;
            return;
        }
        if (stream.Write(line) != line.Length) dropped++;
    }

    private bool TryReportDropped()
    {
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"epollecho: warning: {dropped} lines were dropped, for nobody read them\n");
        if (stream.Write(text.Written) != text.Written.Length) return false;
        dropped = 0;
        return true;
    }
}
