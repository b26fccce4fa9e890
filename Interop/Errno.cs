// errno: read once, at once, after a failed call, and turned into a result, a name or a text.
// Every call in Interop/ answers its result when it is 0 or more, and -errno when it failed.
using System;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Errno
{
    /// <summary>The result of a call that answers -1 on failure: itself, or -errno.</summary>
    public static int Result(int returned) => returned >= 0 ? returned : -LibC.errno;

    /// <inheritdoc cref="Result(int)"/>
    public static nint Result(ssize_t returned) =>
        (long)returned >= 0 ? (nint)(long)returned : -LibC.errno;

    /// <summary>The same for a call that is imported without SetLastError: errno is still what
    /// the call left, for nothing has run since. SetLastError clears errno before the call and
    /// saves it after, also when it succeeds: 60 instructions a call (callgrind, epoll_wait).
    /// </summary>
    public static nint DirectResult(nint returned) =>
        returned >= 0 ? returned : -Marshal.GetLastSystemError();

    /// <summary>The constant's name, as in errno(3): "EADDRINUSE"; "E?" for an unknown one.
    /// </summary>
    public static ReadOnlySpan<byte> Name(int errno) => Text(strerrorname_np(errno), "E?"u8);

    /// <summary>What it means, as strerror(3) in the C locale: "Address already in use".</summary>
    public static ReadOnlySpan<byte> Description(int errno) =>
        Text(strerrordesc_np(errno), "Unknown error"u8);

    /// <summary>Would the call have waited? (EAGAIN and EWOULDBLOCK are one number on Linux.)
    /// </summary>
    public static bool IsAgain(nint result) => result == -LibC.EAGAIN;

    private static ReadOnlySpan<byte> Text(byte* text, ReadOnlySpan<byte> otherwise) =>
        text == null ? otherwise : MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text);

    // glibc 2.32; both answer constant strings, or NULL for an unknown number.
    [LibraryImport("libc")]
    private static partial byte* strerrorname_np(int errno);

    [LibraryImport("libc")]
    private static partial byte* strerrordesc_np(int errno);
}
