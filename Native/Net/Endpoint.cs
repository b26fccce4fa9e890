// An address to bind or to connect to, with its port. Small enough to be kept by the thousand; the
// kernel's own layout (SocketAddress) is made of it where a system call is made, and only here.
using System;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Tmds.Linux;

namespace Epollecho.Native.Net;

internal enum EndpointKind : ushort
{
    None, // the default: not known, or not given
    Ipv4,
    Ipv6,
}

internal readonly unsafe struct Endpoint : IAppendable
{
    private const int Ipv6Length = 16;

    private readonly EndpointKind kind;
    private readonly ushort port;
    private readonly uint scopeId; // of IPv6: the interface of a link-local address, or 0
    private readonly ulong start; // of the address, in network byte order; of IPv4: all of it
    private readonly ulong end;

    private Endpoint(EndpointKind kind, ushort port, uint scopeId, ulong start, ulong end)
    {
        this.kind = kind;
        this.port = port;
        this.scopeId = scopeId;
        this.start = start;
        this.end = end;
    }

    public EndpointKind Kind => kind;

    public bool IsNone => kind == EndpointKind.None;

    public bool IsIpv6 => kind == EndpointKind.Ipv6;

    public ushort Port => port;

    /// <summary>AF_INET or AF_INET6, for socket(2); AF_UNSPEC of none.</summary>
    public int Family => kind switch
    {
        EndpointKind.Ipv4 => LibC.AF_INET,
        EndpointKind.Ipv6 => LibC.AF_INET6,
        _ => LibC.AF_UNSPEC,
    };

    /// <summary>All addresses of the machine, 0.0.0.0 or [::], and any port.</summary>
    public static Endpoint Any(EndpointKind kind) => new(kind, 0, 0, 0, 0);

    /// <summary>127.0.0.1 or [::1], and any port.</summary>
    public static Endpoint Loopback(EndpointKind kind)
    {
        _ = TryParse(kind == EndpointKind.Ipv6 ? "::1"u8 : "127.0.0.1"u8, out Endpoint loopback);
        return loopback;
    }

    /// <summary>Reads a numeric IPv4 or IPv6 address, the latter with or without brackets and
    /// with or without a zone (fe80::1%eth0); the port is 0. False if it is neither.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Endpoint endpoint)
    {
        bool isAddress = SocketAddress.TryParse(text, out SocketAddress address);
        endpoint = From(address);
        return isAddress;
    }

    /// <summary>The address that a socket has at this end (getsockname(2)). 0, or -errno.
    /// </summary>
    public static int OfSocket(int fd, out Endpoint endpoint)
    {
        int result = Socket.GetLocalAddress(fd, out SocketAddress address);
        endpoint = From(address);
        return result;
    }

    /// <summary>None of an address of another family than IPv4 and IPv6.</summary>
    public static Endpoint From(SocketAddress address)
    {
        if (address.Family == LibC.AF_INET)
            return new(EndpointKind.Ipv4, address.Port, 0, address.Ipv4, 0);
        if (!address.IsIpv6) return default;
        ReadOnlySpan<byte> bytes = new(address.Ipv6, Ipv6Length);
        return new(
            EndpointKind.Ipv6, address.Port, address.ScopeId,
            MemoryMarshal.Read<ulong>(bytes), MemoryMarshal.Read<ulong>(bytes[sizeof(ulong)..]));
    }

    public SocketAddress ToSocketAddress()
    {
        SocketAddress address = new() { Family = (ushort)Family, Port = port };
        if (kind == EndpointKind.Ipv4) address.Ipv4 = (uint)start;
        if (kind != EndpointKind.Ipv6) return address;
        address.ScopeId = scopeId;
        Span<byte> bytes = new(address.Ipv6, Ipv6Length);
        MemoryMarshal.Write(bytes, start);
        MemoryMarshal.Write(bytes[sizeof(ulong)..], end);
        return address;
    }

    public Endpoint WithPort(int port) => new(kind, (ushort)port, scopeId, start, end);

    /// <summary>Appends host:port, an IPv6 host in brackets (RFC 3986, 3.2.2), an IPv4 peer on a
    /// dual-stack socket as IPv4.</summary>
    public void AppendTo(ref TextBuilder text)
    {
        if (IsNone)
        {
            text.Append("unknown"u8);
            return;
        }
        SocketAddress address = ToSocketAddress();
        Span<byte> buffer = stackalloc byte[SocketAddress.MaxHostLength];
        ReadOnlySpan<byte> host = buffer[..address.FormatHost(buffer)];
        if (IsIpv6 && !address.IsMappedIpv4) text.Append($"[{host}]:{port}");
        else text.Append($"{host}:{port}");
    }
}
