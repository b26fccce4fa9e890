// The log: lines on stderr, one a fact, each under the program's name.
using System;
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

    private LineSink sink;
    private Verbosity verbosity;

    public static Log Open(Verbosity verbosity) => new()
    {
        sink = LineSink.Open(StandardError.Fd),
        verbosity = verbosity,
    };

    public readonly bool Shows(Verbosity level) => verbosity >= level;

    /// <summary>Logs a line without ever waiting; <paramref name="line"/> comes without its line
    /// feed.</summary>
    public void Write(scoped ReadOnlySpan<byte> line)
    {
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        sink.Write(Compose(line, buffer));
    }

    /// <summary>Logs a line, waiting for stderr if need be: for errors outside of the server's
    /// loop.</summary>
    public static void WriteError(scoped ReadOnlySpan<byte> line)
    {
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        StandardError.Write(Compose(line, buffer));
    }

    /// <summary>Logs a failed call likewise: "WHAT: REASON (NAME)".</summary>
    public static void WriteError(scoped ReadOnlySpan<byte> what, int errno)
    {
        Span<byte> buffer = stackalloc byte[MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"{what}: {new ErrnoText(errno)}");
        WriteError(text.Written);
    }

    /// <summary>Logs an error as <see cref="WriteError(ReadOnlySpan{byte})"/> does; false, for the
    /// caller to return.</summary>
    public static bool Fail(scoped ReadOnlySpan<byte> line)
    {
        WriteError(line);
        return false;
    }

    /// <summary>Logs a failed call as <see cref="WriteError(ReadOnlySpan{byte}, int)"/> does;
    /// false, for the caller to return.</summary>
    public static bool Fail(scoped ReadOnlySpan<byte> what, int errno)
    {
        WriteError(what, errno);
        return false;
    }

    private static ReadOnlySpan<byte> Compose(scoped ReadOnlySpan<byte> line, Span<byte> buffer)
    {
        TextBuilder text = new(buffer[..^1]);
        text.Append($"epollecho: {line}");
        int length = text.Written.Length;
        buffer[length] = (byte)'\n';
        return buffer[..(length + 1)];
    }
}
