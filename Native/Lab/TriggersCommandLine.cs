// The options of epollecho lab triggers.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Options;

namespace Epollecho.Native.Lab;

internal struct TriggersOptions
{
    public const int DefaultSizeBytes = 100 * 1024;
    public const int MaxSizeBytes = 64 << 20;

    /// <summary>Bytes that arrive before epoll is asked.</summary>
    public int SizeBytes = DefaultSizeBytes;

    /// <summary>Bytes of these that are read before it is asked again; 0: half of them.</summary>
    public int ReadBytes;

    public TriggersOptions()
    {
    }
}

internal static unsafe class TriggersCommandLine
{
    private const int KeySize = 's';
    private const int KeyRead = 'r';
    private const int TableLength = 4;
    private const int MaxNumberLength = 64; // with words

    private static ReadOnlySpan<byte> Documentation =>
        "Lets bytes arrive on a TCP connection, reads a part of them, and shows what "u8
        + "epoll_wait says then: under level trigger, edge trigger and one-shot.\v"u8
        + "SIZE is in bytes, or takes k or M (powers of 1024)."u8;

    /// <summary>Reads the options from the environment and the command line; does not come back
    /// from --help, --version and misuse.</summary>
    public static TriggersOptions Parse(in Arguments arguments)
    {
        TriggersOptions options = new();
        ArgpOption* table = stackalloc ArgpOption[TableLength];
        int i = 0;
        table[i++] = CommandLine.Option("size"u8, KeySize, "SIZE"u8,
            "Bytes that arrive (100k)"u8);
        table[i++] = CommandLine.Option("read"u8, KeyRead, "SIZE"u8,
            "Bytes of these that are read at first (half of them)"u8);
        table[i++] = CommandLine.Option("version"u8, CommandLine.KeyVersion, default,
            "Print version and commit"u8);
        table[i] = default;
        CommandLine.Parse(arguments, table, default, Documentation, &Apply, &options);
        if (options.ReadBytes == 0) options.ReadBytes = int.Max(1, options.SizeBytes / 2);
        if (options.ReadBytes > options.SizeBytes) RefuseRead(options);
        return options;
    }

    private static void RefuseRead(in TriggersOptions options)
    {
        Span<byte> read = stackalloc byte[MaxNumberLength];
        Span<byte> allowed = stackalloc byte[MaxNumberLength];
        TextBuilder value = new(read);
        value.Append(options.ReadBytes);
        TextBuilder limit = new(allowed);
        limit.Append("at most --size, "u8);
        limit.Append(options.SizeBytes);
        CommandLine.Refuse("--read"u8, value.Written, limit.Written);
    }

    private static ReadOnlySpan<byte> Apply(OptionValue given, void* target)
    {
        ref TriggersOptions options = ref *(TriggersOptions*)target;
        return given.Key switch
        {
            KeySize => TakeSize(given, ref options.SizeBytes),
            KeyRead => TakeSize(given, ref options.ReadBytes),
            _ => "an option"u8,
        };
    }

    private static ReadOnlySpan<byte> TakeSize(OptionValue given, ref int into)
    {
        if (!Quantity.TryParseSize(given.Text, 1, TriggersOptions.MaxSizeBytes, out long bytes))
            return "a size from 1 to 64M, as in 100k"u8;
        into = (int)bytes;
        return default;
    }
}
