// Why an exchange with a server did not come to its end, as a kind and as a text.
using System;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Tmds.Linux;

namespace Epollecho.Native.Net;

internal enum FailureKind
{
    None,
    Timeout,
    Refused,
    Dns, // the name does not resolve
    Reset, // by the server, or closed by it too early
    Mismatch, // other bytes came back
    Other,
}

internal static unsafe class Failure
{
    /// <summary>The kind of an errno value.</summary>
    public static FailureKind KindOf(int errno) =>
        errno == 0 ? FailureKind.None
        : errno == LibC.ETIMEDOUT ? FailureKind.Timeout
        : errno == LibC.ECONNREFUSED ? FailureKind.Refused
        : errno == LibC.ECONNRESET || errno == LibC.EPIPE ? FailureKind.Reset
        : FailureKind.Other;

    /// <summary>The kind in one word, for scripts.</summary>
    public static ReadOnlySpan<byte> Word(FailureKind kind) => kind switch
    {
        FailureKind.Timeout => "TIMEOUT"u8,
        FailureKind.Refused => "REFUSED"u8,
        FailureKind.Dns => "DNS"u8,
        FailureKind.Reset => "RESET"u8,
        FailureKind.Mismatch => "MISMATCH"u8,
        _ => "OTHER"u8,
    };

    /// <summary>Appends "cannot resolve 'name': Name or service not known".</summary>
    public static void AppendResolve(ref TextBuilder text, byte* host, int error)
    {
        text.Append("cannot resolve '"u8);
        text.Append(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(host));
        text.Append("': "u8);
        text.Append(Resolver.Describe(error));
    }

    /// <summary>Appends "cannot connect to 127.0.0.1:7080: Connection refused (ECONNREFUSED)".
    /// </summary>
    public static void AppendConnect(ref TextBuilder text, in SocketAddress address, int errno)
    {
        text.Append("cannot connect to "u8);
        text.Append(address);
        text.Append(": "u8);
        text.AppendErrno(errno);
    }
}
