// Endpoints: what is read as an address, how it is written, and that the kernel's layout of it
// carries all of it there and back.
using System;
using System.Text;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed unsafe class EndpointTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:7080")]
    [InlineData("0.0.0.0", "0.0.0.0:7080")]
    [InlineData("::", "[::]:7080")]
    [InlineData("[::1]", "[::1]:7080")]
    [InlineData("2001:DB8:0:0::1", "[2001:db8::1]:7080")]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3:7080")]
    [InlineData("fe80::1%lo", "[fe80::1%lo]:7080")]
    [InlineData("fe80::1%1", "[fe80::1%lo]:7080")]
    public void An_endpoint_is_written_as_it_was_read(string text, string expected)
    {
        Assert.Equal(expected, TextOf(Parse(text).WithPort(7080)));
        Assert.Equal(expected, TextOf(ThereAndBack(Parse(text).WithPort(7080))));
    }

    [Fact]
    public void An_endpoint_is_an_address_of_one_kind_with_a_port_in_24_bytes()
    {
        Assert.Equal(24, sizeof(Endpoint));
        Assert.Equal(EndpointKind.Ipv4, Parse("192.0.2.1").Kind);
        Assert.Equal(EndpointKind.Ipv6, Parse("2001:db8::1").Kind);
        Assert.Equal(EndpointKind.Ipv6, Parse("::ffff:10.1.2.3").Kind);
        Assert.Equal(0, Parse("192.0.2.1").Port);
        Assert.Equal(65535, Parse("192.0.2.1").WithPort(65535).Port);
        Assert.Equal((int)LibC.AF_INET, Parse("192.0.2.1").Family);
        Assert.Equal((int)LibC.AF_INET6, Parse("2001:db8::1").Family);
    }

    [Theory]
    [InlineData("127.0.0.1", 16)]
    [InlineData("fe80::1%lo", 28)]
    public void The_kernel_gets_an_address_of_the_length_that_its_family_has(
        string text, int length)
    {
        SocketAddress address = Parse(text).WithPort(0x1234).ToSocketAddress();
        Assert.Equal(length, address.Length);
        byte* bytes = (byte*)&address;
        Assert.Equal("1234", Convert.ToHexString(new ReadOnlySpan<byte>(bytes + 2, 2)));
        if (length == 16)
            Assert.Equal("7F000001", Convert.ToHexString(new ReadOnlySpan<byte>(bytes + 4, 4)));
        else Assert.Equal(1u, address.ScopeId);
    }

    [Fact]
    public void The_special_addresses_are_there_by_name()
    {
        Assert.Equal("0.0.0.0:0", TextOf(Endpoint.Any(EndpointKind.Ipv4)));
        Assert.Equal("[::]:0", TextOf(Endpoint.Any(EndpointKind.Ipv6)));
        Assert.Equal("127.0.0.1:0", TextOf(Endpoint.Loopback(EndpointKind.Ipv4)));
        Assert.Equal("[::1]:0", TextOf(Endpoint.Loopback(EndpointKind.Ipv6)));
    }

    [Fact]
    public void None_is_the_default_and_that_of_a_family_that_is_not_known()
    {
        Assert.True(default(Endpoint).IsNone);
        Assert.True(Endpoint.From(default).IsNone);
        Assert.True(Endpoint.From(new() { Family = (ushort)LibC.AF_UNIX }).IsNone);
        Assert.Equal(0, default(Endpoint).ToSocketAddress().Family);
        Assert.Equal("unknown", TextOf(default));
        Assert.False(Parse("0.0.0.0").IsNone);
    }

    [Fact]
    public void A_sockets_own_end_is_known_once_it_is_bound()
    {
        int fd = Socket.CreateStream(LibC.AF_INET);
        Assert.True(fd >= 0);
        Endpoint wanted = Endpoint.Loopback(EndpointKind.Ipv4);
        Assert.Equal(0, Socket.Bind(fd, wanted.ToSocketAddress()));
        Assert.Equal(0, Endpoint.OfSocket(fd, out Endpoint bound));
        Assert.NotEqual(0, bound.Port);
        Assert.Equal(TextOf(wanted.WithPort(bound.Port)), TextOf(bound));
        Files.Close(fd);
        Assert.Equal(-LibC.EBADF, Endpoint.OfSocket(-1, out Endpoint none));
        Assert.True(none.IsNone);
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("127.1")]
    [InlineData("127.0.0.256")]
    [InlineData("127.0.0.1 ")]
    [InlineData("1.2.3.4:80")]
    [InlineData("::1::2")]
    [InlineData("[::1")]
    [InlineData("127.0.0.1%lo")]
    [InlineData("fe80::1%")]
    [InlineData("fe80::1%no-such-interface")]
    [InlineData("1111:2222:3333:4444:5555:6666:7777:8888:9999:1111:2222:3333:4444:5555:6666:7777")]
    public void What_is_no_address_is_refused(string text) =>
        Assert.False(Endpoint.TryParse(Encoding.UTF8.GetBytes(text), out _));

    private static Endpoint Parse(string text)
    {
        Assert.True(Endpoint.TryParse(Encoding.UTF8.GetBytes(text), out Endpoint endpoint));
        return endpoint;
    }

    private static Endpoint ThereAndBack(Endpoint endpoint) =>
        Endpoint.From(endpoint.ToSocketAddress());

    private static string TextOf(Endpoint endpoint)
    {
        Span<byte> buffer = stackalloc byte[128];
        TextBuilder text = new(buffer);
        text.Append(endpoint);
        return Encoding.UTF8.GetString(text.Written);
    }
}
