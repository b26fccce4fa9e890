// Much of it: 64 MB at a time, to clients that read at once and to those that read late.
using System;
using System.Collections.Generic;
using Epollecho.Tests.Support;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed class BulkTests
{
    /// <summary>The server as it is, without memory of its own for slow peers, with very small
    /// and very large buffers.</summary>
    public static IEnumerable<object[]> Configurations =>
        [.. LargeBuffers, ["--buffer=10"], ["--buffer=1000 --max-memory=4k"]];

    /// <summary>Those that move 64 MB in a moment; the others are shown with 5 MB.</summary>
    public static IEnumerable<object[]> LargeBuffers =>
        [[""], ["--max-memory=0"], ["--max-memory=256k"], ["--buffer=16M"]];

    [Theory, InModes(ServerModes.All, Rows = nameof(Configurations))]
    public void Echoes_to_a_client_that_reads_only_when_it_can_send_no_more(
        ServerModes mode, string options)
    {
        using EchoServerProcess server = Start(mode, options);
        byte[] bytes = Tools.RandomBytes(64 << 20);
        foreach (int size in new[] { 0, 1, 100_000, 1 << 20, 64 << 20 })
        {
            using EchoClient client = EchoClient.Connect(server.Port, receiveBuffer: 8192);
            int sent = client.SendUntilBlocked(server, bytes.AsSpan(0, size));
            client.EndSending();
            client.AssertReceivesThenEnd(bytes.AsSpan(0, sent));
        }
        server.AwaitStatistics("connections", 0);
        server.Stop();
    }

    [Theory, InModes(ServerModes.All, Rows = nameof(LargeBuffers))]
    public void Echoes_64_MB_while_the_client_sends_and_reads(ServerModes mode, string options)
    {
        using EchoServerProcess server = Start(mode, options);
        using EchoClient client = server.Connect();
        client.AssertEchoesThroughout(Tools.RandomBytes(64 << 20));
        server.Stop();
    }

    private static EchoServerProcess Start(ServerModes mode, string options) =>
        EchoServerProcess.Start(
            mode, options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
