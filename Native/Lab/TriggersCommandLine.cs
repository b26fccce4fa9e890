// The options of epollecho lab triggers.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Options;

namespace Epollecho.Native.Lab;

internal struct TriggersOptions
{
    public const int DefaultSizeBytes = 100 * 1024;
    public const int MaxSizeBytes = 64 << 20;

    /// <summary>Bytes that arrive before epoll is asked.</summary>
    public int SizeBytes = DefaultSizeBytes;

    /// <summary>Bytes of these that are read before it is asked again.</summary>
    public int ReadBytes;

    public TriggersOptions()
    {
    }
}

internal static unsafe class TriggersCommandLine
{
    private const int MaxTextLength = 64;

    private static ReadOnlySpan<byte> Documentation =>
        "Lets bytes arrive on a TCP connection, reads a part of them, and shows what "u8
        + "epoll_wait says then: under level trigger, edge trigger and one-shot.\v"u8
        + "SIZE is in bytes, or takes k or M (powers of 1024)."u8;

    /// <summary>Reads the options from the environment and the command line; does not come back
    /// from --help, --version and misuse.</summary>
    public static TriggersOptions Parse(in Arguments arguments)
    {
        TriggersOptions options = new();
        OptionTable table = new();
        table.Size("size"u8, 's', &options.SizeBytes, 1, TriggersOptions.MaxSizeBytes,
            "Bytes that arrive"u8);
        table.Size("read"u8, 'r', &options.ReadBytes, 1, TriggersOptions.MaxSizeBytes,
            "Bytes of these that are read at first"u8, "half of them"u8);
        CommandLine.Parse(arguments, &table, Documentation);
        if (table.OriginOf(&options.ReadBytes) == Origin.Default)
            options.ReadBytes = int.Max(1, options.SizeBytes / 2);
        if (options.ReadBytes > options.SizeBytes)
        {
            Span<byte> buffer = stackalloc byte[MaxTextLength];
            TextBuilder allowed = new(buffer);
            allowed.Append($"at most --size, {options.SizeBytes}");
            CommandLine.Reject(arguments, ref table, &options.ReadBytes, allowed.Written);
        }
        return options;
    }
}
