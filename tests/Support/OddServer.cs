// A server that does one thing to its only client, which an echo server would not do.
using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Xunit;

namespace Epollecho.Tests.Support;

internal sealed class OddServer : IDisposable
{
    private readonly Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly Thread thread;
    private readonly ManualResetEventSlim ended = new();

    public OddServer(Action<Socket> behave)
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        thread = new Thread(() => Serve(behave)) { IsBackground = true };
        thread.Start();
    }

    public int Port => ((IPEndPoint)listener.LocalEndPoint!).Port;

    /// <summary>For a behaviour to wait for: the test is over.</summary>
    public void AwaitEnd() => ended.Wait(Tools.Patience);

    public void Dispose()
    {
        ended.Set();
        listener.Dispose();
        Assert.True(thread.Join(Tools.Patience), "the odd server has not ended");
        ended.Dispose();
    }

    private void Serve(Action<Socket> behave)
    {
        try
        {
            using Socket client = listener.Accept();
            behave(client);
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The client has gone, or never came.
        }
    }
}
