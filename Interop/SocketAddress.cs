// An IPv4 or IPv6 socket address, laid out as struct sockaddr_in6, whose first 8 bytes a struct
// sockaddr_in shares (ip(7), ipv6(7)): family, port and address of both, in network byte order.
using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

[StructLayout(LayoutKind.Explicit, Size = 28)]
internal unsafe partial struct SocketAddress
{
    /// <summary>The most bytes that <see cref="FormatHost"/> writes: an IPv6 address and its
    /// zone (INET6_ADDRSTRLEN, '%', IF_NAMESIZE).</summary>
    public static int MaxHostLength => LibC.INET6_ADDRSTRLEN + 1 + IF_NAMESIZE;

    internal const int IF_NAMESIZE = 16; // with its NUL

    [FieldOffset(0)] public ushort Family;
    [FieldOffset(2)] public ushort PortInNetworkOrder;
    [FieldOffset(4)] public uint Ipv4;
    [FieldOffset(8)] public fixed byte Ipv6[16];
    [FieldOffset(24)] public uint ScopeId;

    public static SocketAddress AnyIpv4 => new() { Family = (ushort)LibC.AF_INET };

    public static SocketAddress AnyIpv6 => new() { Family = (ushort)LibC.AF_INET6 };

    public ushort Port
    {
        readonly get => BinaryPrimitives.ReverseEndianness(PortInNetworkOrder);
        set => PortInNetworkOrder = BinaryPrimitives.ReverseEndianness(value);
    }

    public readonly bool IsIpv6 => Family == LibC.AF_INET6;

    /// <summary>The length that bind(2) wants: 16 B for IPv4, 28 B for IPv6.</summary>
    public readonly int Length => IsIpv6 ? 28 : 16;

    /// <summary>Reads a numeric IPv4 or IPv6 address, the latter with or without brackets and
    /// with or without a zone (fe80::1%eth0). False if it is neither.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out SocketAddress address)
    {
        address = default;
        if (text.Length >= 2 && text[0] == '[' && text[^1] == ']') text = text[1..^1];
        ReadOnlySpan<byte> zone = default;
        int percent = text.IndexOf((byte)'%');
        if (percent >= 0)
        {
            zone = text[(percent + 1)..];
            text = text[..percent];
        }

        const int bufferLength = 64;
        byte* terminated = stackalloc byte[bufferLength];
        if (text.Length >= bufferLength || zone.Length >= bufferLength) return false;
        Terminate(text, terminated);
        fixed (SocketAddress* self = &address)
        {
            if (percent < 0 && inet_pton(LibC.AF_INET, terminated, &self->Ipv4) == 1)
                self->Family = (ushort)LibC.AF_INET;
            else if (inet_pton(LibC.AF_INET6, terminated, self->Ipv6) == 1)
                self->Family = (ushort)LibC.AF_INET6;
            else
                return false;
        }
        if (percent < 0) return true;
        if (System.Buffers.Text.Utf8Parser.TryParse(zone, out address.ScopeId, out int used)
            && used == zone.Length) return address.ScopeId != 0;
        Terminate(zone, terminated);
        address.ScopeId = if_nametoindex(terminated);
        return address.ScopeId != 0;
    }

    /// <summary>Writes the address without its port, an IPv4-mapped one as IPv4. The number of
    /// bytes, at most <see cref="MaxHostLength"/>; 0 for an address of another family.</summary>
    public readonly int FormatHost(Span<byte> into)
    {
        if (into.Length < MaxHostLength) throw new ArgumentException(null, nameof(into));
        fixed (SocketAddress* self = &this)
        fixed (byte* text = into)
        {
            bool mapped = IsMappedIpv4;
            int family = mapped ? LibC.AF_INET : Family;
            void* source = mapped ? self->Ipv6 + 12 : IsIpv6 ? self->Ipv6 : &self->Ipv4;
            if (inet_ntop(family, source, text, (uint)into.Length) == null) return 0;
            int length = into.IndexOf((byte)0);
            if (!IsIpv6 || ScopeId == 0) return length;
            text[length] = (byte)'%';
            if (if_indextoname(ScopeId, text + length + 1) == null) return length;
            return into.IndexOf((byte)0);
        }
    }

    /// <summary>Is it an IPv4 peer on a dual-stack socket, ::ffff:a.b.c.d (RFC 4291, 2.5.5.2)?
    /// </summary>
    public readonly bool IsMappedIpv4
    {
        get
        {
            if (!IsIpv6) return false;
            fixed (byte* bytes = Ipv6)
                return new ReadOnlySpan<byte>(bytes, 12).SequenceEqual(MappedPrefix);
        }
    }

    private static ReadOnlySpan<byte> MappedPrefix =>
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];

    private static void Terminate(ReadOnlySpan<byte> text, byte* into)
    {
        text.CopyTo(new Span<byte>(into, text.Length));
        into[text.Length] = 0;
    }

    [LibraryImport("libc")]
    private static partial int inet_pton(int family, byte* text, void* into);

    [LibraryImport("libc")]
    private static partial byte* inet_ntop(int family, void* source, byte* into, uint size);

    [LibraryImport("libc")]
    private static partial uint if_nametoindex(byte* name);

    [LibraryImport("libc")]
    private static partial byte* if_indextoname(uint index, byte* into);
}
