// The client's parts: how a target is read, what the checksum tells apart.
using System;
using System.Runtime.InteropServices;
using System.Text;
using Epollecho.Native.Client;
using Epollecho.Native.Net;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed unsafe class ClientPartsTests
{
    [Theory]
    [InlineData("example.org:9", "example.org", 9)]
    [InlineData("example.org", "example.org", 0)]
    [InlineData(":65535", null, 65535)]
    [InlineData("192.0.2.1:1", "192.0.2.1", 1)]
    [InlineData("2001:db8::1", "2001:db8::1", 0)]
    [InlineData("::1", "::1", 0)]
    [InlineData("[::1]", "::1", 0)]
    [InlineData("[2001:db8::1]:443", "2001:db8::1", 443)]
    public void A_target_is_a_host_a_port_or_both(string text, string? host, int port)
    {
        Assert.True(Target.TryParse(Encoding.UTF8.GetBytes(text), out Target target));
        Assert.Equal(host, Marshal.PtrToStringUTF8((nint)target.Host));
        Assert.Equal(port, target.Port);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("a:")]
    [InlineData("a:-1")]
    [InlineData("a:1x")]
    [InlineData("[]:1")]
    [InlineData("[a]:1")]
    [InlineData("[::1]1")]
    [InlineData("a\nb")]
    [InlineData("a:b:c")]
    public void What_is_none_is_refused(string text) =>
        Assert.False(Target.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void A_name_longer_than_DNS_allows_is_refused()
    {
        byte[] name = new byte[254];
        Array.Fill(name, (byte)'a');
        Assert.False(Target.TryParse(name, out _));
        Assert.True(Target.TryParse(name.AsSpan(1), out _));
    }

    [Fact]
    public void A_checksum_does_not_depend_on_the_pieces()
    {
        Random random = new(7);
        byte[] bytes = new byte[1000];
        random.NextBytes(bytes);
        Checksum whole = default;
        whole.Add(bytes);
        for (int trial = 0; trial < 1000; trial++)
        {
            Checksum pieces = default;
            for (int at = 0, length; at < bytes.Length; at += length)
            {
                length = Math.Min(random.Next(0, 40), bytes.Length - at);
                pieces.Add(bytes.AsSpan(at, length));
            }
            Assert.Equal(whole.Value, pieces.Value);
        }
    }

    [Fact]
    public void A_checksum_tells_changed_lost_moved_and_added_bytes()
    {
        byte[] bytes = new byte[100];
        new Random(8).NextBytes(bytes);
        ulong good = Of(bytes);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 0x80;
            Assert.NotEqual(good, Of(changed));
            Assert.NotEqual(good, Of([.. bytes[..i], .. bytes[(i + 1)..]]));
            byte[] swapped = [.. bytes];
            Array.Reverse(swapped, i, Math.Min(16, bytes.Length - i));
            if (!swapped.AsSpan().SequenceEqual(bytes)) Assert.NotEqual(good, Of(swapped));
        }
        Assert.NotEqual(Of([]), Of([0]));
        Assert.NotEqual(Of([0]), Of([0, 0]));
        Assert.NotEqual(Of(new byte[8]), Of(new byte[16]));
    }

    private static ulong Of(byte[] bytes)
    {
        Checksum checksum = default;
        checksum.Add(bytes);
        return checksum.Value;
    }
}
