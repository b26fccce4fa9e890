// The strategy of many a tutorial: wait for input, take all there is, wait for output, send it,
// wait for input. One wake-up more an echo than the eager way, and easy to follow in a trace.
using Epollecho.Native.Server.Calls;
using Epollecho.Native.Server.Session;

namespace Epollecho.Native.Server.Engine;

internal static unsafe class RearmStrategy
{
    /// <summary>Receives at one wake-up; what is left is told of again when input is watched
    /// again.</summary>
    private const int CollectBudget = 4096;

    public static void Serve<TCalls>(
        ref Transfer<TCalls> transfer, int slot, Connection* connection)
        where TCalls : struct, ICalls
    {
        if (connection->Has(ConnectionFlags.WaitsForRoom)) Answer(ref transfer, slot, connection);
        else Collect(ref transfer, slot, connection);
    }

    /// <summary>Takes what the peer has sent into a block; without one, the bytes stay in the
    /// kernel until they can be sent.</summary>
    private static void Collect<TCalls>(
        ref Transfer<TCalls> transfer, int slot, Connection* connection)
        where TCalls : struct, ICalls
    {
        if (!transfer.HasBlock)
        {
            connection->Flags |= ConnectionFlags.WaitsForRoom;
            return;
        }
        byte* into = transfer.Sessions.Unsent.RentBlock(connection, 0);
        nint received = 0;
        for (int i = 0; i < CollectBudget; i++)
        {
            int room = transfer.BufferBytes - connection->Unsent.Length;
            if (room == 0) break;
            received = transfer.Calls.Receive(
                connection, into + connection->Unsent.Length, int.Min(room, transfer.ReadBytes));
            if (received <= 0) break;
            transfer.Sessions.CountReceived(slot, connection, received);
            connection->Unsent.Length += (int)received;
        }
        if (connection->Unsent.Length > 0)
        {
            // An error shows again at the next call; an end does not, once it is read.
            if (received == 0) connection->Flags |= ConnectionFlags.InputEnded;
            connection->Flags |= ConnectionFlags.WaitsForRoom;
            return;
        }
        transfer.Sessions.Unsent.Release(connection);
        transfer.OnNothingReceived(slot, connection, received);
    }

    /// <summary>Sends what was collected, or, if there was no block, what is in the kernel.
    /// </summary>
    private static void Answer<TCalls>(
        ref Transfer<TCalls> transfer, int slot, Connection* connection)
        where TCalls : struct, ICalls
    {
        if (connection->Unsent.Length > 0)
        {
            if (!transfer.Flush(slot, connection)) return;
            if (connection->Has(ConnectionFlags.InputEnded))
                transfer.Sessions.MarkClosed(slot, CloseReason.Eof);
        }
        else
        {
            nint length = transfer.Peek(connection);
            if (length <= 0) transfer.OnNothingReceived(slot, connection, length);
            else if (!transfer.SendThenConsume(slot, connection, length)) return;
        }
        connection->Flags &= ~ConnectionFlags.WaitsForRoom;
    }
}
