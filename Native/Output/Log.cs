// The log: whole lines to stderr, which never stop or delay the caller. A line that stderr does
// not take at once is dropped and counted, and the count is told when it takes lines again.
using System;
using Epollecho.Interop;
using Tmds.Linux;

namespace Epollecho.Native.Output;

/// <summary>How much is logged: -q, nothing, -v, -vv.</summary>
internal enum Verbosity
{
    Quiet = -1, // warnings and errors
    Normal = 0, // start, stop, statistics
    Connections = 1, // and each connection that sends
    Everything = 2, // and each that does not
}

internal struct Log
{
    /// <summary>The longest line, in bytes. Less than PIPE_BUF (4096), so that a line goes into
    /// a pipe whole or not at all.</summary>
    public const int MaxLineLength = 1024;

    private const int StandardError = 2;

    private int fd;
    private bool neverWaits; // the descriptor is a non-blocking one of our own
    private FileKind kind;
    private Verbosity verbosity;

    /// <summary>Lines dropped since the start.</summary>
    public long LinesDropped { get; private set; }

    private long droppedUntold;

    /// <summary>A log on the process's stderr, whatever it is: terminal, pipe, file, closed.
    /// </summary>
    public static unsafe Log Open(Verbosity verbosity)
    {
        Log log = new()
        {
            fd = StandardError,
            kind = Files.KindOf(StandardError),
            verbosity = verbosity,
        };
        if (log.kind != FileKind.Terminal) return log;
        // A terminal that is stopped (Ctrl-S) makes a write wait after poll has promised room.
        // Setting O_NONBLOCK on stderr would set it for the shell, too: so open it once more.
        fixed (byte* path = "/proc/self/fd/2\0"u8)
        {
            int own = Files.OpenNonBlocking(path);
            if (own < 0) return log;
            log.fd = own;
            log.neverWaits = true;
            return log;
        }
    }

    public readonly bool Shows(Verbosity level) => verbosity >= level;

    /// <summary>Logs a line; <paramref name="line"/> comes without its line feed.</summary>
    public void Write(scoped ReadOnlySpan<byte> line)
    {
        if (droppedUntold > 0 && !TellDropped())
        {
            CountDropped();
            return;
        }
        if (!TryWrite(line)) CountDropped();
    }

    /// <summary>Logs a line, waiting for stderr if need be: for errors before the loop starts.
    /// </summary>
    public static void WriteError(scoped ReadOnlySpan<byte> line)
    {
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        ReadOnlySpan<byte> rest = Compose(line, buffer);
        while (rest.Length > 0)
        {
            nint written = Files.Write(StandardError, rest);
            if (written <= 0) return; // nobody to tell
            rest = rest[(int)written..];
        }
    }

    private void CountDropped()
    {
        LinesDropped++;
        droppedUntold++;
    }

    private bool TellDropped()
    {
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("warning: "u8);
        text.Append(droppedUntold);
        text.Append(" log lines were dropped, for stderr did not take them"u8);
        if (!TryWrite(text.Written)) return false;
        droppedUntold = 0;
        return true;
    }

    private bool TryWrite(scoped ReadOnlySpan<byte> line)
    {
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        ReadOnlySpan<byte> whole = Compose(line, buffer);
        nint written = WriteWithoutWaiting(whole);
        return written == whole.Length;
    }

    private nint WriteWithoutWaiting(ReadOnlySpan<byte> whole)
    {
        switch (kind)
        {
            case FileKind.Regular:
                return Files.Write(fd, whole);
            case FileKind.Terminal when neverWaits:
                return Files.Write(fd, whole);
            case FileKind.Socket:
                return Socket.SendNoWait(fd, whole);
            case FileKind.Pipe:
                nint result = Files.WriteNoWait(fd, whole);
                if (result != -LibC.EOPNOTSUPP) return result;
                kind = FileKind.Other; // a kernel without RWF_NOWAIT for pipes (before 6.5)
                goto default;
            default:
                return Files.IsWritable(fd) ? Files.Write(fd, whole) : -LibC.EAGAIN;
        }
    }

    private static ReadOnlySpan<byte> Compose(scoped ReadOnlySpan<byte> line, Span<byte> buffer)
    {
        TextBuilder text = new(buffer[..^1]);
        text.Append("epollecho: "u8);
        text.Append(line);
        int length = text.Written.Length;
        buffer[length] = (byte)'\n';
        return buffer[..(length + 1)];
    }
}
