// The strategy of many a tutorial: wait for input, take all there is, wait for output, send it,
// wait for input. One wake-up more an echo than the eager way, and easy to follow in a trace.
using Epollecho.Interop;
using Epollecho.Native.Loop;
using Epollecho.Native.Server.Session;

namespace Epollecho.Native.Server;

internal unsafe partial struct EchoServer<TPoller>
    where TPoller : unmanaged, IPoller<TPoller>
{
    /// <summary>Receives at one wake-up; what is left is told of again when input is watched
    /// again.</summary>
    private const int CollectBudget = 4096;

    private void TakeTurn(int slot, Connection* connection)
    {
        if (connection->Has(ConnectionFlags.WaitsForRoom)) Answer(slot, connection);
        else Collect(slot, connection);
    }

    /// <summary>Takes what the peer has sent into a block of the spill pool; without one, the
    /// bytes stay in the kernel until they can be sent.</summary>
    private void Collect(int slot, Connection* connection)
    {
        if (!spill.HasRoom)
        {
            connection->Flags |= ConnectionFlags.WaitsForRoom;
            return;
        }
        connection->SpillBlock = spill.Rent();
        connection->SpillStart = 0;
        byte* into = spill.AddressOf(connection->SpillBlock);
        nint received = 0;
        for (int i = 0; i < CollectBudget && connection->SpillLength < options.BufferBytes; i++)
        {
            int room = options.BufferBytes - connection->SpillLength;
            received = Receive(
                connection, into + connection->SpillLength, int.Min(room, options.ReadBytes));
            if (received <= 0) break;
            CountReceived(slot, connection, received);
            connection->SpillLength += (int)received;
        }
        if (connection->SpillLength > 0)
        {
            // An error shows again at the next call; an end does not, once it is read.
            if (received == 0) connection->Flags |= ConnectionFlags.InputEnded;
            connection->Flags |= ConnectionFlags.WaitsForRoom;
            return;
        }
        ReturnSpill(connection);
        OnNothingReceived(slot, connection, received);
    }

    /// <summary>Sends what was collected, or, if there was no block, what is in the kernel.
    /// </summary>
    private void Answer(int slot, Connection* connection)
    {
        if (connection->SpillLength > 0)
        {
            if (!FlushSpill(slot, connection)) return;
            if (connection->Has(ConnectionFlags.InputEnded)) MarkClosed(slot, CloseReason.Eof);
        }
        else
        {
            nint length = Peek(connection, receiveBuffer, options.ReadBytes);
            if (length <= 0) OnNothingReceived(slot, connection, length);
            else if (!SendThenConsume(slot, connection, length)) return;
        }
        connection->Flags &= ~ConnectionFlags.WaitsForRoom;
    }
}
