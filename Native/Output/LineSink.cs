// Whole lines to a standard stream, which never stop or delay the caller. A line that the stream
// does not take at once is dropped and counted, and the count is told when it takes lines again.
using System;
using Epollecho.Interop;
using Tmds.Linux;

namespace Epollecho.Native.Output;

internal struct LineSink
{
    /// <summary>The longest line, in bytes. Less than PIPE_BUF (4096), so that a line goes into
    /// a pipe whole or not at all.</summary>
    public const int MaxLineLength = 1024;

    private int fd;
    private bool neverWaits; // the descriptor is a non-blocking one of our own
    private FileKind kind;
    private long droppedUntold;

    /// <summary>A sink on one of the process's standard streams, whatever it is: terminal, pipe,
    /// socket, file, closed.</summary>
    public static unsafe LineSink Open(int standardFd)
    {
        LineSink sink = new() { fd = standardFd, kind = Files.KindOf(standardFd) };
        if (sink.kind != FileKind.Terminal) return sink;
        // A terminal that is stopped (Ctrl-S) makes a write wait after poll has promised room.
        // Setting O_NONBLOCK on it would set it for the shell, too: so open it once more.
        fixed (byte* path = standardFd == 1 ? "/proc/self/fd/1"u8 : "/proc/self/fd/2"u8)
        {
            int own = Files.OpenNonBlocking(path);
            if (own < 0) return sink;
            sink.fd = own;
            sink.neverWaits = true;
            return sink;
        }
    }

    /// <summary>Writes a line, which comes with its line feed.</summary>
    public void Write(scoped ReadOnlySpan<byte> line)
    {
        if (droppedUntold > 0 && !TellDropped())
        {
            droppedUntold++;
            return;
        }
        if (WriteWithoutWaiting(line) != line.Length) droppedUntold++;
    }

    private bool TellDropped()
    {
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("epollecho: warning: "u8);
        text.Append(droppedUntold);
        text.Append(" lines were dropped, for nobody read them\n"u8);
        if (WriteWithoutWaiting(text.Written) != text.Written.Length) return false;
        droppedUntold = 0;
        return true;
    }

    private nint WriteWithoutWaiting(ReadOnlySpan<byte> line)
    {
        switch (kind)
        {
            case FileKind.Regular:
            case FileKind.Terminal when neverWaits:
                return Files.Write(fd, line);
            case FileKind.Socket:
                return Socket.SendNoWait(fd, line);
            case FileKind.Pipe:
                nint result = Files.WriteNoWait(fd, line);
                if (result != -LibC.EOPNOTSUPP) return result;
                kind = FileKind.Other; // a kernel without RWF_NOWAIT for pipes (before 6.5)
                goto default;
            default:
                return Files.IsWritable(fd) ? Files.Write(fd, line) : -LibC.EAGAIN;
        }
    }
}
