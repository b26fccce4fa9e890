// A standard stream, whatever it is (terminal, pipe, socket, file, closed), written to without
// ever waiting for its reader, and without changing its mode for those who share it.
using System;
using Epollecho.Interop;
using Tmds.Linux;

namespace Epollecho.Native.Output;

internal struct NonBlockingOutput
{
    private const int PIPE_BUF = 4096; // pipe(7): a pipe that is writable takes as many at once

    private FileKind kind;
    private bool neverWaits; // the descriptor is a non-blocking one of our own

    /// <summary>The descriptor to ask poll(2) about; not owned.</summary>
    public int Fd { get; private set; }

    public static unsafe NonBlockingOutput Open(int standardFd)
    {
        NonBlockingOutput stream = new() { Fd = standardFd, kind = Files.KindOf(standardFd) };
        if (stream.kind != FileKind.Terminal) return stream;
        // A terminal that is stopped (Ctrl-S) makes a write wait after poll has promised room.
        // Setting O_NONBLOCK on it would set it for the shell, too: so open it once more.
        fixed (byte* path = standardFd == StandardOutput.Fd
            ? "/proc/self/fd/1"u8 : "/proc/self/fd/2"u8)
        {
            int own = Files.OpenNonBlocking(path);
            if (own < 0) return stream;
            stream.Fd = own;
            stream.neverWaits = true;
            return stream;
        }
    }

    /// <summary>The bytes written, which may be fewer than asked, or -errno: EAGAIN where it
    /// would have waited.</summary>
    public readonly nint Write(ReadOnlySpan<byte> bytes)
    {
        switch (kind)
        {
            case FileKind.Regular:
            case FileKind.Terminal when neverWaits:
                return Files.Write(Fd, bytes);
            case FileKind.Socket:
                return Socket.SendNoWait(Fd, bytes);
            case FileKind.Pipe:
                nint result = Files.WriteNoWait(Fd, bytes);
                if (result != -LibC.EOPNOTSUPP) return result;
                // A kernel without RWF_NOWAIT for pipes (before 6.5).
                if (!Files.IsWritable(Fd)) return -LibC.EAGAIN;
                return Files.Write(Fd, bytes[..int.Min(bytes.Length, PIPE_BUF)]);
            default:
                return Files.IsWritable(Fd) ? Files.Write(Fd, bytes) : -LibC.EAGAIN;
        }
    }
}
