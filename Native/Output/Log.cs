// The log: lines to stderr, one a fact, each under the program's name.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;

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
    public const int MaxLineLength = LineSink.MaxLineLength;

    private const int StandardError = 2;

    private LineSink sink;
    private Verbosity verbosity;

    public static Log Open(Verbosity verbosity) => new()
    {
        sink = LineSink.Open(StandardError),
        verbosity = verbosity,
    };

    public readonly bool Shows(Verbosity level) => verbosity >= level;

    /// <summary>Logs a line; <paramref name="line"/> comes without its line feed.</summary>
    public void Write(scoped ReadOnlySpan<byte> line)
    {
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        sink.Write(Compose(line, buffer));
    }

    /// <summary>Logs a line, waiting for stderr if need be: for errors before the loop starts.
    /// </summary>
    public static void WriteError(scoped ReadOnlySpan<byte> line)
    {
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        _ = Files.WriteAll(StandardError, Compose(line, buffer)); // there is no one else to tell
    }

    /// <summary>Logs what could not be done and why, likewise: "WHAT: REASON (NAME)".</summary>
    public static void WriteError(scoped ReadOnlySpan<byte> what, int errno)
    {
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append(what);
        text.Append(": "u8);
        text.AppendErrno(errno);
        WriteError(text.Written);
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
