// A DNS server (RFC 1035) that knows one IPv4 address, by every name that ends as told.
using System;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Epollecho.Tests.Support;

internal sealed class DnsServer : IDisposable
{
    private const int HeaderLength = 12;
    private const int TypeA = 1;

    private readonly UdpClient socket;
    private readonly BackgroundWork serving;
    private readonly string knownLabel;
    private readonly IPAddress answer;

    /// <summary>Serves on port 53 of a loopback address, for resolv.conf names no port.</summary>
    public DnsServer(IPAddress address, string knownLabel, IPAddress answer)
    {
        this.knownLabel = knownLabel;
        this.answer = answer;
        socket = new UdpClient(new IPEndPoint(address, 53));
        serving = BackgroundWork.Start(Serve);
    }

    public void Dispose()
    {
        socket.Dispose();
        serving.Join();
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                IPEndPoint client = new(IPAddress.Any, 0);
                byte[] query = socket.Receive(ref client);
                if (query.Length > HeaderLength) socket.Send(Answer(query), client);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }

    private byte[] Answer(byte[] query)
    {
        int end = HeaderLength;
        while (query[end] != 0) end += query[end] + 1;
        int type = query[end + 2];
        bool isKnown = Encoding.ASCII.GetString(query, HeaderLength, end - HeaderLength)
            .Contains(knownLabel, StringComparison.Ordinal);
        byte[] question = query[..(end + 5)];
        question[2] = 0x85; // an authoritative response
        question[3] = (byte)(isKnown ? 0x80 : 0x83); // recursion available; 3: no such name
        question[7] = (byte)(isKnown && type == TypeA ? 1 : 0); // answers
        question[9] = question[11] = 0; // and nothing else
        if (!isKnown || type != TypeA) return question;
        byte[] record = [0xC0, HeaderLength, 0, TypeA, 0, 1, 0, 0, 0, 60, 0, 4];
        return [.. question, .. record, .. answer.GetAddressBytes()];
    }
}
