// Echo at once: what is received is sent in the same turn, and nothing more is read from a peer
// that does not take it until it does.
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Native.Server.Calls;
using Epollecho.Native.Server.Session;

namespace Epollecho.Native.Server.Engine;

internal static unsafe class EagerStrategy
{
    /// <summary>Bytes that one connection may echo before the others have their turn.</summary>
    public const long ByteBudget = 1 << 20;

    /// <summary>Receives that one connection may make before the others have their turn: the
    /// same for peers that send crumbs.</summary>
    public const int ReceiveBudget = 64;

    // The path of every echo is one function to the compiler: 200 instructions an echo less.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Serve<TCalls>(
        ref Transfer<TCalls> transfer, int slot, Connection* connection)
        where TCalls : struct, ICalls
    {
        connection->Flags &= ~ConnectionFlags.WaitsForRoom;
        if (connection->Unsent.Length > 0 && !transfer.Flush(slot, connection)) return;
        if (connection->Has(ConnectionFlags.InputEnded))
            transfer.Sessions.MarkClosed(slot, CloseReason.Eof);
        else
            Echo(ref transfer, slot, connection);
    }

    /// <summary>Echoes until the peer has sent nothing more, takes nothing more, has ended, or
    /// the budget is used up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Echo<TCalls>(
        ref Transfer<TCalls> transfer, int slot, Connection* connection)
        where TCalls : struct, ICalls
    {
        long budget = ByteBudget;
        for (int i = 0; i < ReceiveBudget && budget > 0; i++)
        {
            if (connection->Has(ConnectionFlags.Saturated)
                && SplicePath.TryRentPipe(ref transfer, out Pipe pipe))
            {
                if (!SplicePath.EchoOnce(ref transfer, slot, connection, pipe, out nint spliced))
                    return;
                budget -= spliced;
                continue;
            }
            bool hasBlock = transfer.HasBlock;
            nint received = hasBlock ? transfer.Receive(connection) : transfer.Peek(connection);
            if (received <= 0)
            {
                transfer.OnNothingReceived(slot, connection, received);
                return;
            }
            bool isAllTaken = hasBlock
                ? transfer.SendOrKeep(slot, connection, received)
                : transfer.SendThenConsume(slot, connection, received);
            if (!isAllTaken) return;
            // A short read has emptied the socket, and what comes later is a new edge (epoll(7)).
            // Not so when the end or an error is there already, which is no byte to be counted.
            if (received < transfer.ReadBytes && !connection->Has(ConnectionFlags.ReadsToEnd))
                return;
            SplicePath.NoteSaturation(ref transfer, connection, received);
            budget -= received;
        }
        transfer.Sessions.Ready.Push(ref transfer.Sessions.Table, slot);
    }
}
