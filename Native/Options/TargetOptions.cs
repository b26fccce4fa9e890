// What every command that connects is told in the same way: whom to talk to, how, and how long to
// wait for it.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Tmds.Linux;

namespace Epollecho.Native.Options;

internal unsafe struct TargetOptions
{
    /// <summary>Entries that <see cref="FillTable"/> writes.</summary>
    public const int TableLength = 4;

    private const int DefaultPort = 7080;
    private const long MaxTimeoutMs = 24 * 3600 * 1000;

    private Target target;
    private bool isGiven;
    private int otherwisePort = DefaultPort;

    /// <summary>How long to wait for a connection, and for an answer; 0: for ever.</summary>
    public long TimeoutMs;

    /// <summary>AF_INET, AF_INET6, or any.</summary>
    public int Family = Resolver.AnyFamily;

    public readonly Duration Timeout => Duration.FromMilliseconds(TimeoutMs);

    public TargetOptions()
    {
    }

    /// <summary>A name or a numeric address, NUL-terminated, never freed.</summary>
    public readonly byte* Host =>
        target.Host != null ? target.Host : CommandLine.Constant("127.0.0.1"u8);

    public readonly ushort Port => (ushort)(target.Port != 0 ? target.Port : otherwisePort);

    /// <summary>What connects to the target as these options say.</summary>
    public readonly Connector CreateConnector() =>
        Connector.For(Host, Port, Family, Timeout);

    /// <summary>Writes the options into a table; <paramref name="timeout"/> tells what the
    /// command waits for.</summary>
    public static void FillTable(
        Span<ArgpOption> table, ref int used, ReadOnlySpan<byte> timeout)
    {
        table[used++] = CommandLine.Option("port"u8, 'p', "PORT"u8,
            "Port, where the target names none (7080)"u8);
        table[used++] = CommandLine.Option("timeout"u8, 'W', "TIME"u8, timeout);
        table[used++] = CommandLine.Option("ipv4"u8, '4', default, "Connect over IPv4 only"u8);
        table[used++] = CommandLine.Option("ipv6"u8, '6', default, "Connect over IPv6 only"u8);
    }

    /// <summary>Takes a value of one of these options, or the target. Nothing when it is good,
    /// else what would be.</summary>
    public ReadOnlySpan<byte> Apply(OptionValue given)
    {
        switch (given.Key)
        {
            case Argp.KeyArgument:
                if (isGiven) return "one target only"u8;
                isGiven = true;
                return Target.TryParse(given.Text, out target) ? default : Target.Expected;
            case 'p':
                bool isPort = Quantity.TryParseInteger(given.Text, 0, 65535, out long port);
                // A server that takes any port may have said so in the environment.
                otherwisePort = port == 0 ? DefaultPort : (int)port;
                return isPort && (port != 0 || given.IsFromEnvironment)
                    ? default : "a port number from 1 to 65535"u8;
            case 'W':
                return Quantity.TryParseDuration(given.Text, 0, MaxTimeoutMs, out TimeoutMs)
                    ? default : "a time from 0 to 1440m, as in 5s or 500ms"u8;
            case '4' or '6':
                bool isWanted = true;
                if (!CommandLine.TakeSwitch(given, ref isWanted)) return "yes or no"u8;
                if (isWanted) Family = given.Key == '4' ? LibC.AF_INET : LibC.AF_INET6;
                return default;
            default:
                return "an option"u8;
        }
    }
}
