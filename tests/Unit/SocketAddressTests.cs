// The kernel's layout of an address: its length and family. What is read and written as text is
// tested by way of Endpoint.
using Epollecho.Interop;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed class SocketAddressTests
{
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
