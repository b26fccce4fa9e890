// A server that does to its clients what a test tells it to, and what an echo server would not do.
using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Epollecho.Tests.Support;

/// <summary>Accepts any number of clients, each on a thread of its own, where the script gets the
/// client's socket and its number, from 0. The socket is closed when the script returns. A script
/// may throw a SocketException when its client leaves; anything else fails the test when the server
/// is disposed of.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly Action<Socket, int> script;
    private readonly Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly BackgroundWork accepting;
    private readonly List<BackgroundWork> serving = []; // of the accepting thread, until it ends
    private readonly ManualResetEventSlim ended = new();

    public ScriptedServer(Action<Socket, int> script)
    {
        this.script = script;
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        accepting = BackgroundWork.Start(Accept);
    }

    public ScriptedServer(Action<Socket> script) : this((client, _) => script(client))
    {
    }

    public int Port { get; }

    /// <summary>Sends everything back until the client ends its side.</summary>
    public static void Echo(Socket client)
    {
        byte[] block = new byte[64 << 10];
        for (int count; (count = client.Receive(block)) > 0;)
            client.Send(block.AsSpan(0, count));
    }

    /// <summary>For a script to wait for: the test is over.</summary>
    public void AwaitEnd() => ended.Wait(Tools.Patience);

    public void Dispose()
    {
        ended.Set();
        listener.Dispose();
        accepting.Join();
        foreach (BackgroundWork one in serving) one.Join();
        ended.Dispose();
    }

    private void Accept()
    {
        try
        {
            for (int number = 0; ; number++)
            {
                Socket client = listener.Accept();
                client.NoDelay = true;
                int own = number;
                serving.Add(BackgroundWork.Start(() => Serve(client, own)));
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }

    private void Serve(Socket client, int number)
    {
        try
        {
            using (client) script(client, number);
        }
        catch (SocketException)
        {
            // The client has gone.
        }
    }
}
