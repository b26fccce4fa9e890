// Files and other descriptors: what they are, open, write, rename, remove, close.
using System;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

/// <summary>What a descriptor or path leads to, as far as writing to it differs.</summary>
internal enum FileKind
{
    None, // closed, or no such file
    Regular,
    Pipe,
    Socket,
    Terminal,
    Other,
}

internal static unsafe partial class Files
{
    internal const int RWF_NOWAIT = 8;

    public static FileKind KindOf(int fd)
    {
        stat status;
        if (LibC.fstat(fd, &status) != 0) return FileKind.None;
        return KindOf(status, LibC.isatty(fd) == 1);
    }

    public static FileKind KindOf(byte* path)
    {
        stat status;
        return LibC.stat(path, &status) != 0 ? FileKind.None : KindOf(status, false);
    }

    /// <summary>Opens for writing from the start, making the file if need be (rw-r--r--); -errno
    /// on failure.</summary>
    public static int Create(byte* path) => Errno.Result(LibC.open(
        path, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_TRUNC | LibC.O_CLOEXEC,
        (mode_t)((uint)LibC.S_IRUSR | (uint)LibC.S_IWUSR
            | (uint)LibC.S_IRGRP | (uint)LibC.S_IROTH)));

    /// <summary>Opens an existing file (pipe, terminal) for writing without ever waiting for it,
    /// in an open file description of its own.</summary>
    public static int OpenNonBlocking(byte* path) => Errno.Result(LibC.open(
        path, LibC.O_WRONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY | LibC.O_CLOEXEC, 0));

    /// <summary>The bytes written, which may be fewer than asked, or -errno.</summary>
    public static nint Write(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* from = bytes)
        {
            nint result;
            do
            {
                result = Errno.Result(LibC.write(fd, from, bytes.Length));
            }
            while (result == -LibC.EINTR);
            return result;
        }
    }

    /// <summary>Writes all of it. 0, or -errno (EIO: it takes no more). A non-blocking descriptor
    /// without room ends it with EAGAIN, or is waited for if it <paramref name="awaitsRoom"/>.
    /// </summary>
    public static int WriteAll(int fd, ReadOnlySpan<byte> bytes, bool awaitsRoom = false)
    {
        while (bytes.Length > 0)
        {
            nint written = Write(fd, bytes);
            if (awaitsRoom && Errno.IsAgain(written))
            {
                _ = Poll.AwaitOne(fd, LibC.POLLOUT, -1); // write(2) has the error
                continue;
            }
            if (written <= 0) return written == 0 ? -LibC.EIO : (int)written;
            bytes = bytes[(int)written..];
        }
        return 0;
    }

    /// <summary>As <see cref="Write"/>, but -EAGAIN instead of waiting, whatever the descriptor's
    /// mode (pwritev2(2), RWF_NOWAIT); -EOPNOTSUPP where the kernel cannot.</summary>
    public static nint WriteNoWait(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* from = bytes)
        {
            iovec vector = default;
            vector.iov_base = from;
            vector.iov_len = bytes.Length;
            return Errno.Result((ssize_t)(long)pwritev2(fd, &vector, 1, -1, RWF_NOWAIT));
        }
    }

    /// <summary>Can some bytes be written now without waiting? For a pipe, a page of them
    /// (poll(2), POLLOUT).</summary>
    public static bool IsWritable(int fd)
    {
        pollfd watched = default;
        watched.fd = fd;
        watched.events = (short)LibC.POLLOUT;
        return LibC.poll(&watched, 1, 0) == 1 && (watched.revents & LibC.POLLOUT) != 0;
    }

    /// <summary>The bytes read, 0 at the end, or -errno.</summary>
    public static nint Read(int fd, Span<byte> into)
    {
        fixed (byte* to = into)
        {
            nint result;
            do
            {
                result = Errno.Result(LibC.read(fd, to, into.Length));
            }
            while (result == -LibC.EINTR);
            return result;
        }
    }

    /// <summary>Waits until there is something to read, or the end; false after
    /// <paramref name="timeoutMs"/>, or for a signal.</summary>
    public static bool AwaitReadable(int fd, int timeoutMs)
    {
        pollfd watched = default;
        watched.fd = fd;
        watched.events = (short)LibC.POLLIN;
        return LibC.poll(&watched, 1, timeoutMs) == 1;
    }

    public static int Rename(byte* from, byte* to) => Errno.Result(rename(from, to));

    public static int Remove(byte* path) => Errno.Result(LibC.unlink(path));

    /// <summary>Closes; an error is left out of account, for the descriptor is closed all the
    /// same (close(2)).</summary>
    public static void Close(int fd) => _ = LibC.close(fd);

    /// <summary>Occupies each of the descriptors 0, 1 and 2 that is closed, so that no socket is
    /// ever given such a number and mistaken for a standard stream. What stands there is the
    /// wrong end of a pipe: using it fails with EBADF, as it would on the closed one.</summary>
    public static void ReserveStandardDescriptors()
    {
        int* ends = stackalloc int[2]; // the one to read from, the one to write to
        for (int fd = 0; fd <= 2; fd++)
        {
            if (LibC.fcntl(fd, LibC.F_GETFD) >= 0) continue;
            if (LibC.pipe2(ends, LibC.O_CLOEXEC) < 0) return; // no descriptor to be had by anyone
            // The first end has the lowest free number, which is fd.
            if (fd == 0) _ = LibC.dup2(ends[1], fd);
            Close(ends[1]);
        }
    }

    private static FileKind KindOf(in stat status, bool isTerminal)
    {
        uint type = (uint)status.st_mode & (uint)LibC.S_IFMT; // inode(7)
        if (type == (uint)LibC.S_IFREG) return FileKind.Regular;
        if (type == (uint)LibC.S_IFIFO) return FileKind.Pipe;
        if (type == (uint)LibC.S_IFSOCK) return FileKind.Socket;
        bool isCharacterDevice = type == (uint)LibC.S_IFCHR;
        return isCharacterDevice && isTerminal ? FileKind.Terminal : FileKind.Other;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int rename(byte* from, byte* to);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pwritev2(int fd, iovec* vectors, int count, nint offset, int flags);
}
