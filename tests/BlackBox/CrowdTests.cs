// As many connections as the machine allows a process: they take the descriptors and the memory of
// the machine, and stand no other test beside them.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using Epollecho.Tests.Support;
using Xunit;

namespace Epollecho.Tests.BlackBox;

[Collection(nameof(Alone))]
public sealed class CrowdTests
{
    [Theory, InModes(ServerModes.All & ~ServerModes.AnySelect)] // PollerTests has select's limit
    public void Fifteen_thousand_connections_are_open_at_once_and_served(ServerModes mode)
    {
        const int count = 15_000;
        Tools.Need(OpenFileLimit() >= count + 1000, $"needs ulimit -n of {count + 1000}");
        using EchoServerProcess server = EchoServerProcess.Start(mode);
        long before = server.AnonymousBytes();
        List<Socket> sockets = [];
        try
        {
            for (int i = 0; i < count; i++) sockets.Add(server.Connect().Socket);
            server.AwaitStatistics("connections", count);
            // 64 B, and with poll 20 B of its own.
            int bytesEach = ServerModes.Epoll.HasFlag(mode) ? 72 : 96;
            Assert.InRange(server.AnonymousBytes() - before, 0, count * bytesEach);
            byte[] bytes = [1, 2, 3, 4];
            foreach (Socket socket in sockets) new EchoClient(socket).Send(bytes);
            foreach (Socket socket in sockets)
                Assert.Equal(bytes, new EchoClient(socket).Receive(bytes.Length));
        }
        finally
        {
            foreach (Socket socket in sockets) new EchoClient(socket).Reset(); // no TIME_WAIT
        }
        server.AwaitStatistics("connections", 0);
        Dictionary<string, long> statistics = server.Stop();
        Assert.Equal(count, statistics["total"]);
        Assert.Equal(count * 4, statistics["bytes_out"]);
        Assert.Equal(0, statistics["gc_allocated_bytes"]);
    }

    private static int OpenFileLimit()
    {
        string line = File.ReadLines("/proc/self/limits").First(
            text => text.StartsWith("Max open files", StringComparison.Ordinal));
        return int.Parse(
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3],
            System.Globalization.CultureInfo.InvariantCulture);
    }
}
