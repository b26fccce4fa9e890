// What the client writes to stderr: whom it is connected to, what went over the connection, what
// went wrong.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Output;

namespace Epollecho.Native.Client;

internal static class ClientReport
{
    public static void LogConnected(int socket, Endpoint server, bool isInteractive)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"connected to {server}");
        if (Endpoint.OfSocket(socket, out Endpoint own) >= 0) text.Append($" from {own}");
        if (isInteractive) text.Append("; end with Ctrl-D"u8);
        Log.WriteError(text.Written);
    }

    public static void LogTotals(in Conversation conversation, Duration elapsed)
    {
        const int bytesPerMB = 1_000_000;
        Duration shortest = Duration.FromNanoseconds(1);
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        AppendCounts(ref text, conversation);
        double bytesPerSecond =
            conversation.BytesReturned / Duration.Max(elapsed, shortest).Seconds;
        FixedPoint rate = new((long)(bytesPerSecond * 1000 / bytesPerMB), 3);
        text.Append($" in {elapsed.InSeconds} s, {rate} MB/s");
        Log.WriteError(text.Written);
    }

    /// <summary>Reports how a conversation has ended that is not complete.</summary>
    public static void LogEnd(in Conversation conversation, Duration timeout)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        switch (conversation.End)
        {
            case ConversationEnd.StreamFailed:
                return; // has been reported
            case ConversationEnd.TimedOut:
                text.Append($"nothing has come back for {timeout.InSeconds} s: ");
                break;
            case ConversationEnd.SocketFailed:
                ErrnoText reason = new(conversation.SocketErrno);
                text.Append($"the connection has failed: {reason}: ");
                break;
            case ConversationEnd.TooMuch:
                text.Append("more has come back than was sent: "u8);
                break;
            case ConversationEnd.ClosedBeforeEndOfInput:
                text.Append("the server has closed the connection before the end of input: "u8);
                break;
            case ConversationEnd.ClosedTooEarly:
                text.Append("the server has closed the connection too early: "u8);
                break;
            default:
                text.Append("other bytes have come back than were sent: "u8);
                break;
        }
        AppendCounts(ref text, conversation);
        Log.WriteError(text.Written);
    }

    private static void AppendCounts(ref TextBuilder text, in Conversation conversation)
    {
        text.Append($"{new Counted(conversation.BytesSent, "byte"u8)} sent, ");
        text.Append($"{conversation.BytesReturned} came back");
    }
}
