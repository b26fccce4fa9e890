// The file that tells a script which port the server has got: written whole beside its place and
// renamed into it, so that whoever sees it sees all of it.
using System;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Tmds.Linux;

namespace Epollecho.Native.Server;

internal static unsafe class PortFile
{
    private const int MaxPathLength = 4096; // PATH_MAX

    /// <summary>Writes the port and a line feed. 0, or -errno. What exists and is no regular
    /// file (a pipe, /dev/stdout) is written to as it is.</summary>
    public static int Write(byte* path, int port)
    {
        Span<byte> buffer = stackalloc byte[16];
        TextBuilder text = new(buffer);
        text.Append(port);
        text.Append("\n"u8);
        FileKind kind = Files.KindOf(path);
        if (kind is not FileKind.None and not FileKind.Regular)
            return WriteInto(path, text.Written);

        byte* temporary = stackalloc byte[MaxPathLength];
        if (!TryNameTemporary(path, temporary)) return -LibC.ENAMETOOLONG;
        int result = WriteInto(temporary, text.Written);
        if (result >= 0) result = Files.Rename(temporary, path);
        if (result < 0) _ = Files.Remove(temporary); // the error that counts is the first one
        return result;
    }

    /// <summary>Removes the file, if it is one.</summary>
    public static void Remove(byte* path)
    {
        if (Files.KindOf(path) == FileKind.Regular) _ = Files.Remove(path); // gone: as wished
    }

    private static int WriteInto(byte* path, ReadOnlySpan<byte> text)
    {
        int fd = Files.Create(path);
        if (fd < 0) return fd;
        int result = Files.WriteAll(fd, text);
        Files.Close(fd);
        return result;
    }

    // In the same directory, for a rename works within a file system only.
    private static bool TryNameTemporary(byte* path, byte* into)
    {
        TextBuilder name = new(new Span<byte>(into, MaxPathLength - 1));
        name.Append(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(path));
        name.Append("."u8);
        name.Append(Process.Id);
        name.Append(".tmp"u8);
        into[name.Written.Length] = 0;
        return name.Written.Length < MaxPathLength - 1;
    }
}
