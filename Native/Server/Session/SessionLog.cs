// What the log says of connections: a line when one is accepted (or its first byte arrives), a line
// when it is closed or refused. Owns the addresses of the peers, which only these lines and a trace
// need; where there is no room for them, they say "a peer".
using System;
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Output;

namespace Epollecho.Native.Server.Session;

internal unsafe struct SessionLog
{
    private Log* log;
    private Endpoint* peers; // by slot; null: none are kept
    private bool showsConnections;
    private bool showsEverything;

    public static SessionLog Open(Log* log, int capacity, bool keepsPeers)
    {
        SessionLog opened = new()
        {
            log = log,
            showsConnections = log->Shows(Verbosity.Connections),
            showsEverything = log->Shows(Verbosity.Everything),
        };
        if (opened.showsConnections || keepsPeers)
            opened.peers = (Endpoint*)ReservedMemory.Reserve(
                (long)capacity * sizeof(Endpoint));
        return opened;
    }

    public readonly bool KeepsPeers => peers != null;

    public readonly Endpoint* PeerOf(int slot) => peers == null ? null : peers + slot;

    public readonly void NotePeer(int slot, Endpoint* peer)
    {
        if (peers != null && peer != null) peers[slot] = *peer;
    }

    public readonly void OnAccepted(int slot, Connection* connection)
    {
        if (showsEverything) Announce(slot, connection);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void OnFirstByte(int slot, Connection* connection)
    {
        if (showsConnections) Announce(slot, connection);
    }

    public readonly void OnClosed(int slot, Connection* connection, Instant now)
    {
        if (!connection->Has(ConnectionFlags.Announced) && !showsEverything) return;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"closed {new PeerText(PeerOf(slot))} fd {connection->Fd}, ");
        text.Append($"in {connection->BytesIn} B, out {connection->BytesOut} B, ");
        text.Append($"{(now - connection->Accepted).InSeconds} s, {new ReasonText(connection)}");
        log->Write(text.Written);
    }

    public readonly void OnRefused(Endpoint* peer)
    {
        if (!showsConnections) return;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"closed {new PeerText(peer)}, limit");
        log->Write(text.Written);
    }

    public void Release(int capacity)
    {
        if (peers != null)
            ReservedMemory.Release((byte*)peers, (long)capacity * sizeof(Endpoint));
        peers = null;
    }

    /// <summary>The accept line, once a connection.</summary>
    private readonly void Announce(int slot, Connection* connection)
    {
        if (connection->Has(ConnectionFlags.Announced)) return;
        connection->Flags |= ConnectionFlags.Announced;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"accepted {new PeerText(PeerOf(slot))} fd {connection->Fd}");
        log->Write(text.Written);
    }

    private readonly struct PeerText(Endpoint* peer) : IAppendable
    {
        public void AppendTo(ref TextBuilder text)
        {
            if (peer == null) text.Append("a peer"u8);
            else text.Append(*peer);
        }
    }

    private readonly struct ReasonText(Connection* connection) : IAppendable
    {
        public void AppendTo(ref TextBuilder text)
        {
            if (connection->Reason == CloseReason.Eof) text.Append("eof"u8);
            else if (connection->Reason == CloseReason.Shutdown) text.Append("shutdown"u8);
            else AppendFailure(ref text);
        }

        /// <summary>What peers and networks do has a word; the rest is told in full.</summary>
        private void AppendFailure(ref TextBuilder text)
        {
            Failure failure = Failure.Of(connection->Errno);
            if (failure == Failure.Reset) text.Append("reset"u8);
            else if (failure == Failure.Timeout) text.Append("timeout"u8);
            else text.Append($"error: {new ErrnoText(connection->Errno)}");
        }
    }
}
