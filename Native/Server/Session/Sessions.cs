// All connections of a worker and what belongs to them: the table, what they owe, which go on in
// the next pass and which are to be closed, and the counts. Makes no system call on a connection.
using System.Runtime.CompilerServices;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Output;

namespace Epollecho.Native.Server.Session;

internal unsafe struct Sessions
{
    public ConnectionTable Table;
    public UnsentPool Unsent;
    public SlotQueue Ready;
    public SlotQueue Closing;
    public Statistics Statistics;

    private SessionLog log;

    /// <summary>Reserves a table for up to <paramref name="capacity"/> connections, or fewer where
    /// the address space is short; false if not even one can be had.</summary>
    public static bool TryCreate(int capacity, out Sessions sessions)
    {
        sessions = new()
        {
            Ready = new(ConnectionFlags.Ready),
            Closing = new(ConnectionFlags.Closing),
        };
        return ConnectionTable.TryCreate(capacity, out sessions.Table);
    }

    /// <summary>Sets up what can do with little memory, so after all that cannot: where unsent
    /// bytes go, and the log, which is borrowed. The addresses of peers are kept if it shows
    /// them, or if they are wanted for something else.</summary>
    public void Open(in UnsentPool unsent, Log* sharedLog, bool keepsPeers)
    {
        Unsent = unsent;
        log = SessionLog.Open(sharedLog, Table.Capacity, keepsPeers);
    }

    /// <summary>The peer's address, or null where none is kept.</summary>
    public readonly Endpoint* PeerOf(int slot) => log.PeerOf(slot);

    /// <summary>Are addresses of peers kept? Then accept4 has to tell them.</summary>
    public readonly bool KeepsPeers => log.KeepsPeers;

    /// <summary>A slot for a new connection, not counted yet; <see cref="ConnectionTable.None"/>
    /// if the table is full.</summary>
    public int Add(int fd, Instant now, Endpoint* peer)
    {
        int slot = Table.Add(fd, now);
        if (slot != ConnectionTable.None) log.NotePeer(slot, peer);
        return slot;
    }

    /// <summary>A new connection is served from now on.</summary>
    public void Begin(int slot)
    {
        Table[slot]->Serial = (int)++Statistics.Accepted;
        log.OnAccepted(slot, Table[slot]);
    }

    /// <summary>A connection was accepted and has been closed at once, for the limit.</summary>
    public void CountRefused(Endpoint* peer)
    {
        Statistics.Refused++;
        log.OnRefused(peer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CountReceived(int slot, Connection* connection, nint length)
    {
        if (connection->BytesIn == 0) log.OnFirstByte(slot, connection);
        connection->BytesIn += length;
        Statistics.BytesIn += length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CountSent(Connection* connection, nint length)
    {
        connection->BytesOut += length;
        Statistics.BytesOut += length;
    }

    /// <summary>A connection is to be closed at the end of the turn, so that no descriptor number
    /// is given anew while events of its former owner may still be in the batch.</summary>
    public void MarkClosed(int slot, CloseReason reason)
    {
        Connection* connection = Table[slot];
        if (connection->Has(ConnectionFlags.Closing | ConnectionFlags.ClosesWhenTaken)) return;
        connection->Reason = reason;
        if (connection->Has(ConnectionFlags.Ready))
            connection->Flags |= ConnectionFlags.ClosesWhenTaken;
        else
            Closing.Push(ref Table, slot);
    }

    /// <summary>The same for a call on it that has failed.</summary>
    public void MarkFailed(int slot, int errno)
    {
        Table[slot]->Errno = errno;
        MarkClosed(slot, CloseReason.Failed);
    }

    /// <summary>The next connection of the ready list that is to be served;
    /// <see cref="ConnectionTable.None"/> for one that is to be closed instead.</summary>
    public int TakeReady()
    {
        int slot = Ready.Pop(ref Table);
        Connection* connection = Table[slot];
        if (!connection->Has(ConnectionFlags.ClosesWhenTaken)) return slot;
        connection->Flags &= ~ConnectionFlags.ClosesWhenTaken;
        Closing.Push(ref Table, slot);
        return ConnectionTable.None;
    }

    /// <summary>A connection's end, told before its descriptor is closed.</summary>
    public readonly void ReportClosed(int slot, Instant now) =>
        log.OnClosed(slot, Table[slot], now);

    /// <summary>Frees the slot of a connection whose descriptor has been closed.</summary>
    public void Remove(int slot)
    {
        Unsent.Release(Table[slot]);
        Table.Remove(slot);
    }

    public void Release()
    {
        Unsent.Close();
        log.Release(Table.Capacity);
        Table.Release();
    }
}
