// What the server says, line by line.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Session;

namespace Epollecho.Native.Server;

internal unsafe partial struct EchoServer<TPoller>
    where TPoller : unmanaged, IPoller<TPoller>
{
    private void ReportStart()
    {
        if (!log.Shows(Verbosity.Normal)) return;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("listening on "u8);
        for (int i = 0; i < listenerCount; i++)
        {
            if (i > 0) text.Append(", "u8);
            text.Append(listeners[i].Address);
        }
        log.Write(text.Written);
    }

    private void ReportStop()
    {
        if (!log.Shows(Verbosity.Normal)) return;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("stopping: "u8);
        text.Append(table.Count);
        text.Append(table.Count == 1 ? " connection open"u8 : " connections open"u8);
        if (table.Count > 0)
        {
            text.Append(", up to "u8);
            text.AppendSeconds(options.Grace.Milliseconds * NsPerMs);
            text.Append(" of grace"u8);
        }
        log.Write(text.Written);
    }

    private void ReportEnd()
    {
        if (log.Shows(Verbosity.Normal)) ReportStatistics();
    }

    private void ReportStatistics()
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        statistics.AppendTo(ref text, table.Count, options.MeasuresWait);
        log.Write(text.Written);
    }

    /// <summary>The accept line, once a connection.</summary>
    private void Announce(int slot)
    {
        Connection* connection = table[slot];
        if (connection->Has(ConnectionFlags.Announced)) return;
        connection->Flags |= ConnectionFlags.Announced;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("accepted "u8);
        AppendPeer(ref text, peers == null ? null : peers + slot);
        text.Append(" fd "u8);
        text.Append(connection->Fd);
        log.Write(text.Written);
    }

    private void ReportClosed(int slot)
    {
        Connection* connection = table[slot];
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("closed "u8);
        AppendPeer(ref text, peers == null ? null : peers + slot);
        text.Append(" fd "u8);
        text.Append(connection->Fd);
        text.Append(", in "u8);
        text.Append(connection->BytesIn);
        text.Append(" B, out "u8);
        text.Append(connection->BytesOut);
        text.Append(" B, "u8);
        text.AppendSeconds(nowNs - connection->AcceptedNs);
        text.Append(", "u8);
        AppendReason(ref text, connection);
        log.Write(text.Written);
    }

    private void ReportRefused(SocketAddress* peer)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("closed "u8);
        AppendPeer(ref text, peer);
        text.Append(", limit"u8);
        log.Write(text.Written);
    }

    /// <summary>A warning about taking connections in, at most one in a while.</summary>
    private void WarnOfAccepting(scoped ReadOnlySpan<byte> what, int errno)
    {
        if (nowNs < nextAcceptWarningNs) return;
        nextAcceptWarningNs = nowNs + WarningIntervalNs;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("warning: "u8);
        text.Append(what);
        text.Append(": "u8);
        text.AppendErrno(errno);
        text.Append(", "u8);
        text.Append(table.Count);
        text.Append(" open"u8);
        log.Write(text.Written);
    }

    private static void AppendPeer(ref TextBuilder text, SocketAddress* peer)
    {
        if (peer == null) text.Append("a peer"u8);
        else text.Append(*peer);
    }

    private static void AppendReason(ref TextBuilder text, Connection* connection)
    {
        switch (connection->Reason)
        {
            case CloseReason.Eof:
                text.Append("eof"u8);
                break;
            case CloseReason.Reset:
                text.Append("reset"u8);
                break;
            case CloseReason.Timeout:
                text.Append("timeout"u8);
                break;
            case CloseReason.Shutdown:
                text.Append("shutdown"u8);
                break;
            default:
                text.Append("error: "u8);
                text.AppendErrno(connection->Errno);
                break;
        }
    }
}
