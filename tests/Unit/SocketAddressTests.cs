using System;
using System.Text;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed class SocketAddressTests
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
    public void Prints_what_it_has_read(string text, string expected)
    {
        Assert.True(SocketAddress.TryParse(Encoding.UTF8.GetBytes(text), out SocketAddress address));
        address.Port = 7080;
        Assert.Equal(7080, address.Port);
        Span<byte> buffer = stackalloc byte[128];
        TextBuilder builder = new(buffer);
        builder.Append(address);
        Assert.Equal(expected, Encoding.UTF8.GetString(builder.Written));
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
    public void Refuses_what_is_no_address(string text) =>
        Assert.False(SocketAddress.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void Knows_its_length_and_family()
    {
        Assert.Equal(16, SocketAddress.AnyIpv4.Length);
        Assert.Equal(28, SocketAddress.AnyIpv6.Length);
        Assert.False(SocketAddress.AnyIpv4.IsIpv6);
        Assert.True(SocketAddress.AnyIpv6.IsIpv6);
        Assert.False(SocketAddress.AnyIpv6.IsMappedIpv4);
    }
}
