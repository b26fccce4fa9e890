// The echo itself: what is received is sent at once; what the peer does not take waits in a block
// of the spill pool, or, when the pool is full, in the kernel's receive buffer, and nothing more
// is read from that peer until it takes it.
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Native.Loop;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Session;
using Tmds.Linux;

namespace Epollecho.Native.Server;

internal unsafe partial struct EchoServer<TPoller>
    where TPoller : unmanaged, IPoller<TPoller>
{
    /// <summary>Bytes that one connection may echo before the others have their turn.</summary>
    private const long ByteBudget = 1 << 20;

    /// <summary>Receives that one connection may make before the others have their turn: the
    /// same for peers that send crumbs.</summary>
    private const int ReceiveBudget = 64;

    private void OnConnectionEvent(int slot, int events)
    {
        Connection* connection = table[slot];
        const int none = 0;
        int notShort = LibC.EPOLLRDHUP | LibC.EPOLLHUP | LibC.EPOLLERR | LibC.EPOLLPRI;
        if ((events & notShort) != none)
            connection->Flags |= ConnectionFlags.HangupSeen;
        // A ready one has its turn in this turn's pass anyway.
        if (connection->Has(ConnectionFlags.Ready | ConnectionFlags.Closing)) return;
        // One that waits for room is not read from, and one that does not has nothing to send.
        int wanted = connection->Has(ConnectionFlags.WaitsForRoom)
            ? LibC.EPOLLOUT
            : LibC.EPOLLIN | LibC.EPOLLRDHUP;
        if ((events & (wanted | LibC.EPOLLHUP | LibC.EPOLLERR)) == none) return;
        Serve(slot, connection);
    }

    /// <summary>Gives each connection that was ready when the pass began one more turn.</summary>
    private void RunReady()
    {
        for (int remaining = ready.Count; remaining > 0; remaining--)
        {
            int slot = ready.Pop(ref table);
            Serve(slot, table[slot]);
        }
    }

    private void Serve(int slot, Connection* connection)
    {
        if (options.Strategy == Strategy.Rearm) TakeTurn(slot, connection);
        else Continue(slot, connection);
        if (plan.Changes) UpdateWatch(slot, connection);
    }

    // The path of every echo is one function to the compiler: 200 instructions an echo less.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Continue(int slot, Connection* connection)
    {
        connection->Flags &= ~ConnectionFlags.WaitsForRoom;
        if (connection->SpillLength > 0 && !FlushSpill(slot, connection)) return;
        if (connection->Has(ConnectionFlags.InputEnded)) MarkClosed(slot, CloseReason.Eof);
        else Echo(slot, connection);
    }

    /// <summary>Echoes until the peer has sent nothing more, takes nothing more, has ended, or
    /// the budget is used up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Echo(int slot, Connection* connection)
    {
        long budget = ByteBudget;
        for (int i = 0; i < ReceiveBudget && budget > 0; i++)
        {
            if (connection->Has(ConnectionFlags.Saturated) && !acceptingIsPaused
                && pipes.TryRent(out Pipe pipe))
            {
                if (!SpliceOnce(slot, connection, pipe, out nint spliced)) return;
                budget -= spliced;
                continue;
            }
            bool spills = spill.HasRoom;
            nint received = spills
                ? Receive(connection, receiveBuffer, options.ReadBytes)
                : Peek(connection, receiveBuffer, options.ReadBytes);
            if (received <= 0)
            {
                OnNothingReceived(slot, connection, received);
                return;
            }
            bool isAllTaken = spills
                ? SendOrSpill(slot, connection, received)
                : SendThenConsume(slot, connection, received);
            if (!isAllTaken) return;
            // A short read has emptied the socket, and what comes later is a new edge (epoll(7)).
            // Not so when the end or an error is there already, which is no byte to be counted.
            if (received < options.ReadBytes && !connection->Has(ConnectionFlags.HangupSeen))
                return;
            NoteSaturation(connection, received);
            budget -= received;
        }
        ready.Push(ref table, slot);
    }

    private void OnNothingReceived(int slot, Connection* connection, nint result)
    {
        if (result == 0)
        {
            connection->Flags |= ConnectionFlags.InputEnded;
            MarkClosed(slot, CloseReason.Eof);
        }
        else if (!Errno.IsAgain(result))
        {
            MarkFailed(slot, (int)-result);
        }
    }

    /// <summary>Sends what was received, the rest into the spill pool. True when all is sent.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool SendOrSpill(int slot, Connection* connection, nint length)
    {
        CountReceived(slot, connection, length);
        nint sent = Send(connection, receiveBuffer, length);
        if (sent == length)
        {
            CountSent(connection, sent);
            return true;
        }
        if (sent < 0)
        {
            if (!Errno.IsAgain(sent))
            {
                MarkFailed(slot, (int)-sent);
                return false;
            }
            sent = 0;
        }
        CountSent(connection, sent);
        Spill(connection, receiveBuffer + sent, length - sent);
        return false;
    }

    /// <summary>The way without memory of our own: sends what was peeked at, then takes from
    /// the socket just what the peer has accepted. True when that is all.</summary>
    private bool SendThenConsume(int slot, Connection* connection, nint length)
    {
        nint sent = Send(connection, receiveBuffer, length);
        if (sent < 0)
        {
            if (Errno.IsAgain(sent)) connection->Flags |= ConnectionFlags.WaitsForRoom;
            else MarkFailed(slot, (int)-sent);
            return false;
        }
        // The same bytes once more, into the same place; they are there, so nothing is short.
        nint consumed = Receive(connection, receiveBuffer, sent);
        if (consumed != sent)
        {
            MarkFailed(slot, consumed < 0 ? (int)-consumed : LibC.ECONNRESET);
            return false;
        }
        CountReceived(slot, connection, sent);
        CountSent(connection, sent);
        if (sent == length) return true;
        connection->Flags |= ConnectionFlags.WaitsForRoom;
        return false;
    }

    private void Spill(Connection* connection, byte* from, nint length)
    {
        Debug.Assert(connection->SpillBlock == SpillPool.None && length <= options.BufferBytes);
        connection->Flags |= ConnectionFlags.WaitsForRoom;
        byte* into = RentBlock(connection, (int)length);
        System.Runtime.CompilerServices.Unsafe.CopyBlockUnaligned(into, from, (uint)length);
    }

    /// <summary>A block for a connection's unsent bytes, to be filled; only while the pool has
    /// room.</summary>
    private byte* RentBlock(Connection* connection, int length)
    {
        connection->SpillBlock = spill.Rent();
        connection->SpillStart = 0;
        connection->SpillLength = length;
        statistics.BytesSpilled += length;
        return spill.AddressOf(connection->SpillBlock);
    }

    /// <summary>Sends spilled bytes. True when none are left and their block is back.</summary>
    private bool FlushSpill(int slot, Connection* connection)
    {
        if (connection->Has(ConnectionFlags.HasPipe)) return FlushPipe(slot, connection);
        byte* from = spill.AddressOf(connection->SpillBlock) + connection->SpillStart;
        nint sent = Send(connection, from, connection->SpillLength);
        if (sent < 0 && !Errno.IsAgain(sent))
        {
            MarkFailed(slot, (int)-sent);
            return false;
        }
        if (sent > 0)
        {
            CountSent(connection, sent);
            connection->SpillStart += (int)sent;
            connection->SpillLength -= (int)sent;
        }
        if (connection->SpillLength == 0)
        {
            ReturnSpill(connection);
            return true;
        }
        connection->Flags |= ConnectionFlags.WaitsForRoom;
        return false;
    }

    private void ReturnSpill(Connection* connection)
    {
        if (connection->SpillBlock == SpillPool.None) return;
        if (connection->Has(ConnectionFlags.HasPipe)) pipes.Discard(connection->Pipe);
        else spill.Return(connection->SpillBlock);
        connection->Flags &= ~ConnectionFlags.HasPipe;
        connection->SpillBlock = SpillPool.None;
        connection->SpillLength = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CountReceived(int slot, Connection* connection, nint length)
    {
        if (connection->BytesIn == 0 && log.Shows(Output.Verbosity.Connections)) Announce(slot);
        connection->BytesIn += length;
        statistics.BytesIn += length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CountSent(Connection* connection, nint length)
    {
        connection->BytesOut += length;
        statistics.BytesOut += length;
    }
}
