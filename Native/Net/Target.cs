// HOST[:PORT], as the commands that connect take it.
using System;
using Epollecho.Native.Base;

namespace Epollecho.Native.Net;

internal unsafe struct Target
{
    private const int MaxHostLength = 253; // of a name, RFC 1035, 2.3.4

    /// <summary>A name or a numeric address, NUL-terminated, never freed; null if none is given.
    /// </summary>
    public byte* Host;

    /// <summary>0 if none is given.</summary>
    public int Port;

    /// <summary>What <see cref="TryParse"/> takes.</summary>
    public static ReadOnlySpan<byte> Expected =>
        "HOST, HOST:PORT or :PORT, as in example.org:7080, 192.0.2.1 or [2001:db8::1]:7080"u8;

    /// <summary>Reads a name or an address, in brackets if it is IPv6 and a port follows (RFC
    /// 3986, 3.2.2).</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Target target)
    {
        target = default;
        ReadOnlySpan<byte> host = text;
        int colon = text.LastIndexOf((byte)':');
        if (colon >= 0 && (text[..colon].IndexOf((byte)':') < 0 || text[colon - 1] == ']'))
        {
            host = text[..colon];
            if (!Quantity.TryParseInteger(text[(colon + 1)..], 1, 65535, out long port))
                return false;
            target.Port = (int)port;
        }
        if (host.IsEmpty) return !text.IsEmpty;
        bool looksLikeIpv6 = host[0] == '[' || host.Contains((byte)':');
        if (looksLikeIpv6 && !Endpoint.TryParse(host, out _)) return false;
        if (host[0] == '[') host = host[1..^1];
        if (host.Length > MaxHostLength || host.ContainsAnyInRange((byte)0, (byte)' '))
            return false;
        target.Host = NativeText.Copy(host);
        return true;
    }
}
