// The end of a process whose own invariants no longer hold.
using System;
using System.Diagnostics.CodeAnalysis;
using Epollecho.Interop;

namespace Epollecho.Native.Base;

internal static class InternalError
{
    private const int ExitSoftware = 70; // EX_SOFTWARE, sysexits.h
    private const int StandardError = 2;
    private const int MaxLineLength = 128;

    /// <summary>Ends the process because a system call has failed that cannot fail as it is
    /// called here: names the call and its error on stderr, and exits with status 70.</summary>
    [DoesNotReturn]
    public static void Abort(scoped ReadOnlySpan<byte> call, int errno)
    {
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("epollecho: internal error: "u8);
        text.Append(call);
        text.Append(": "u8);
        text.Append(Errno.Name(errno));
        text.Append("\n"u8);
        _ = Files.Write(StandardError, text.Written); // the exit status tells as well
        Process.Exit(ExitSoftware);
    }
}
