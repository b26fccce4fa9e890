// What every command that connects is told in the same way: whom to talk to, how, and how long to
// wait for it.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Options;

internal unsafe struct TargetOptions
{
    private Target target;
    private int otherwisePort = 7080;

    /// <summary>How long to wait for a connection, and for an answer; zero: for ever.</summary>
    public Duration Timeout;

    /// <summary>AF_INET, AF_INET6, or any.</summary>
    public int Family = Resolver.AnyFamily;

    public TargetOptions()
    {
    }

    private static Duration MaxTimeout => Duration.FromSeconds(24 * 3600);

    /// <summary>A name or a numeric address, NUL-terminated, never freed.</summary>
    public readonly byte* Host =>
        target.Host != null ? target.Host : NativeText.PointerTo("127.0.0.1"u8);

    public readonly ushort Port => (ushort)(target.Port != 0 ? target.Port : otherwisePort);

    /// <summary>What connects to the target as these options say.</summary>
    public readonly Connector CreateConnector() =>
        Connector.For(Host, Port, Family, Timeout);

    /// <summary>Logs why there is no connection.</summary>
    public static void LogNotConnected(in Connector connector)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        connector.AppendFailure(ref text);
        Log.WriteError(text.Written);
    }

    /// <summary>States the options, and the words of the target; <paramref name="timeoutHelp"/>
    /// tells what the command waits for.</summary>
    public static void Declare(
        ref OptionTable table, TargetOptions* options, ReadOnlySpan<byte> timeoutHelp)
    {
        table.Port("port"u8, 'p', &options->otherwisePort, 1,
            "Port, where the target names none"u8);
        table.Time("timeout"u8, 'W', &options->Timeout, Duration.Zero, MaxTimeout, timeoutHelp);
        table.Switch("ipv4"u8, '4', &options->Family, LibC.AF_INET, "Connect over IPv4 only"u8);
        table.Switch("ipv6"u8, '6', &options->Family, LibC.AF_INET6, "Connect over IPv6 only"u8);
        table.Words("[HOST][:PORT]"u8, &options->target, &TakeTarget);
    }

    private static ReadOnlySpan<byte> TakeTarget(OptionValue given, void* field)
    {
        if (!given.IsFirst) return "one target only"u8;
        return Target.TryParse(given.Text, out *(Target*)field) ? default : Target.Expected;
    }
}
