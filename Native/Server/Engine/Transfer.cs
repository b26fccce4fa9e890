// How bytes get from a connection's receive queue to its send queue: what every strategy is made
// of. What the peer does not take waits in a block, or, when there is none, in the kernel's
// receive buffer. Owns the sessions, the calls and the one receive buffer.
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Native.Server.Calls;
using Epollecho.Native.Server.Session;
using Tmds.Linux;

namespace Epollecho.Native.Server.Engine;

internal unsafe struct Transfer<TCalls>
    where TCalls : struct, ICalls
{
    public Sessions Sessions;
    public TCalls Calls;

    /// <summary>New connections wait for descriptors: no pipes now.</summary>
    public bool SparesDescriptors;

    private byte* buffer;
    private int bufferBytes;
    private int readBytes;

    /// <summary>The most bytes that are received before they are sent.</summary>
    public readonly int BufferBytes => bufferBytes;

    /// <summary>The most bytes that one recv asks for.</summary>
    public readonly int ReadBytes => readBytes;

    /// <summary>Is there memory for bytes that the peer may not take?</summary>
    public readonly bool HasBlock => Sessions.Unsent.Blocks.HasRoom;

    /// <summary>Takes a receive buffer, which is borrowed, and asks for no more than
    /// <paramref name="read"/> bytes of it at a time.</summary>
    public void UseBuffer(byte* memory, int bytes, int read)
    {
        buffer = memory;
        bufferBytes = bytes;
        readBytes = read;
    }

    /// <summary>Into the receive buffer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Receive(Connection* connection) => Calls.Receive(connection, buffer, readBytes);

    /// <summary>The same, and the bytes stay in the socket.</summary>
    public nint Peek(Connection* connection) => Calls.Peek(connection, buffer, readBytes);

    /// <summary>What recv has answered is no bytes: the end, an error, or nothing yet.</summary>
    public void OnNothingReceived(int slot, Connection* connection, nint result)
    {
        if (result == 0)
        {
            connection->Flags |= ConnectionFlags.InputEnded;
            Sessions.MarkClosed(slot, CloseReason.Eof);
        }
        else if (!Errno.IsAgain(result))
        {
            Sessions.MarkFailed(slot, (int)-result);
        }
    }

    /// <summary>Sends what is in the receive buffer, the rest into a block, of which there is one.
    /// True when all is sent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool SendOrKeep(int slot, Connection* connection, nint length)
    {
        Sessions.CountReceived(slot, connection, length);
        nint sent = Calls.Send(connection, buffer, length);
        if (sent == length)
        {
            Sessions.CountSent(connection, sent);
            return true;
        }
        return KeepRest(slot, connection, length, sent);
    }

    /// <summary>The way without memory of our own: sends what was peeked at, then takes from
    /// the socket just what the peer has accepted. True when that is all.</summary>
    public bool SendThenConsume(int slot, Connection* connection, nint length)
    {
        nint sent = Calls.Send(connection, buffer, length);
        if (sent < 0)
        {
            if (Errno.IsAgain(sent)) connection->Flags |= ConnectionFlags.WaitsForRoom;
            else Sessions.MarkFailed(slot, (int)-sent);
            return false;
        }
        // The same bytes once more, into the same place; they are there, so nothing is short.
        nint consumed = Calls.Receive(connection, buffer, sent);
        if (consumed != sent)
        {
            Sessions.MarkFailed(slot, consumed < 0 ? (int)-consumed : LibC.ECONNRESET);
            return false;
        }
        Sessions.CountReceived(slot, connection, sent);
        Sessions.CountSent(connection, sent);
        if (sent == length) return true;
        connection->Flags |= ConnectionFlags.WaitsForRoom;
        return false;
    }

    /// <summary>A block for a connection's unsent bytes, to be filled.</summary>
    public byte* RentBlock(Connection* connection, int length)
    {
        Debug.Assert(connection->Unsent.Place == UnsentPlace.None && length <= bufferBytes);
        Sessions.Statistics.BytesSpilled += length;
        return Sessions.Unsent.RentBlock(connection, length);
    }

    /// <summary>Sends unsent bytes, wherever they wait. True when none are left and their place
    /// has been given back.</summary>
    public bool Flush(int slot, Connection* connection)
    {
        if (connection->Unsent.Place == UnsentPlace.Pipe)
            return SplicePath.Flush(ref this, slot, connection);
        nint sent = Calls.Send(
            connection, Sessions.Unsent.FirstOf(connection), connection->Unsent.Length);
        if (sent < 0 && !Errno.IsAgain(sent))
        {
            Sessions.MarkFailed(slot, (int)-sent);
            return false;
        }
        if (sent > 0)
        {
            Sessions.CountSent(connection, sent);
            connection->Unsent.Advance((int)sent);
        }
        if (connection->Unsent.Length == 0)
        {
            Sessions.Unsent.Release(connection);
            return true;
        }
        connection->Flags |= ConnectionFlags.WaitsForRoom;
        return false;
    }

    private bool KeepRest(int slot, Connection* connection, nint length, nint sent)
    {
        if (sent < 0 && !Errno.IsAgain(sent))
        {
            Sessions.MarkFailed(slot, (int)-sent);
            return false;
        }
        nint taken = nint.Max(0, sent);
        Sessions.CountSent(connection, taken);
        connection->Flags |= ConnectionFlags.WaitsForRoom;
        byte* into = RentBlock(connection, (int)(length - taken));
        Unsafe.CopyBlockUnaligned(into, buffer + taken, (uint)(length - taken));
        return false;
    }
}
