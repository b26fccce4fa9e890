// What the client says on stderr: whom it talks to, what went over the connection, what went wrong.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Output;

namespace Epollecho.Native.Client;

internal static class ClientReport
{
    public static void TellNotConnected(in Connector connector)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        connector.AppendFailure(ref text);
        Log.WriteError(text.Written);
    }

    public static void TellConnected(int socket, in SocketAddress server, bool isInteractive)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("connected to "u8);
        text.Append(server);
        if (Socket.GetLocalAddress(socket, out SocketAddress own) >= 0)
        {
            text.Append(" from "u8);
            text.Append(own);
        }
        if (isInteractive) text.Append("; end with Ctrl-D"u8);
        Log.WriteError(text.Written);
    }

    public static void TellTotals(in Conversation talk, long elapsedNs)
    {
        const int bytesPerMB = 1_000_000;
        const int nsPerSecond = 1_000_000_000;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        AppendCounts(ref text, talk);
        text.Append(" in "u8);
        text.AppendSeconds(elapsedNs);
        double bytesPerSecond = (double)talk.BytesReturned / long.Max(1, elapsedNs) * nsPerSecond;
        text.Append(", "u8);
        text.AppendThousandths((long)(bytesPerSecond * 1000 / bytesPerMB));
        text.Append(" MB/s"u8);
        Log.WriteError(text.Written);
    }

    /// <summary>Did every byte come back? If not, says what is wrong.</summary>
    public static bool Judge(in Conversation talk, long timeoutMs)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        if (talk.OutputHasFailed || talk.InputHasFailed) return false; // has been told
        if (talk.HasTimedOut)
        {
            text.Append("nothing has come back for "u8);
            text.AppendThousandths(timeoutMs);
            text.Append(" s: "u8);
        }
        else if (talk.SocketErrno != 0)
        {
            text.Append("the connection has failed: "u8);
            text.AppendErrno(talk.SocketErrno);
            text.Append(": "u8);
        }
        else if (talk.BytesReturned > talk.BytesSent)
        {
            text.Append("more has come back than was sent: "u8);
        }
        else if (talk.HasUnsent)
        {
            text.Append("the server has closed the connection before the end of input: "u8);
        }
        else if (talk.BytesReturned < talk.BytesSent)
        {
            text.Append("the server has closed the connection too early: "u8);
        }
        else if (talk.Differs)
        {
            text.Append("other bytes have come back than were sent: "u8);
        }
        if (text.Written.IsEmpty) return true;
        AppendCounts(ref text, talk);
        Log.WriteError(text.Written);
        return false;
    }

    private static void AppendCounts(ref TextBuilder text, in Conversation talk)
    {
        Dialogue.AppendBytes(ref text, talk.BytesSent);
        text.Append(" sent, "u8);
        text.Append(talk.BytesReturned);
        text.Append(" came back"u8);
    }
}
