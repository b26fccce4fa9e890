// The way of the saturated: bytes of a connection whose reads fill the buffer go from its receive
// queue to its send queue through a pipe, and are never copied (splice(2)). What the peer does not
// take stays in the pipe, which the connection holds only for so long, and no longer than a new
// connection does without its descriptors. Where there is no pipe to be had, or nothing much to
// move, recv and send do it.
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Native.Loop;
using Epollecho.Native.Server.Session;
using Tmds.Linux;

namespace Epollecho.Native.Server;

internal unsafe partial struct EchoServer<TPoller>
    where TPoller : unmanaged, IPoller<TPoller>
{
    /// <summary>A read of at least so many bytes that fills the buffer is a sign that there is
    /// more.</summary>
    private const int SaturatedBytes = 64 << 10;

    /// <summary>A splice of fewer bytes is a sign that there is not.</summary>
    private const int ScarceBytes = 16 << 10;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NoteSaturation(Connection* connection, nint received)
    {
        if (received >= SaturatedBytes && received == options.ReadBytes && !pipes.IsOff)
            connection->Flags |= ConnectionFlags.Saturated;
    }

    /// <summary>Echoes what there is, up to a pipe's capacity. True when it is all sent, and more
    /// may be there.</summary>
    private bool SpliceOnce(int slot, Connection* connection, Pipe pipe, out nint received)
    {
        // No more than a block holds, where they may have to go.
        received = SpliceIn(connection, pipe, int.Min(PipePool.PipeBytes, options.BufferBytes));
        if (received < ScarceBytes) connection->Flags &= ~ConnectionFlags.Saturated;
        if (received <= 0)
        {
            pipes.Return(pipe);
            if (IsRefused((int)-received))
            {
                pipes.TurnOff(); // not with these sockets, on this kernel, in this sandbox
            }
            else if (received != 0
                && (!Errno.IsAgain(received) || !connection->Has(ConnectionFlags.HangupSeen)))
            {
                OnNothingReceived(slot, connection, received);
                return false;
            }
            received = 0; // it does not pass the mark of urgent data: recv tells what there is
            return true;
        }
        CountReceived(slot, connection, received);
        connection->Pipe = pipe;
        connection->SpillLength = (int)received;
        connection->Flags |= ConnectionFlags.HasPipe;
        return FlushPipe(slot, connection);
    }

    /// <summary>Is it not the connection, but splice that does not work?</summary>
    private static bool IsRefused(int errno) =>
        errno == LibC.EINVAL || errno == LibC.ENOSYS || errno == LibC.EPERM;

    /// <summary>Sends what the connection's pipe holds. True when it is empty and has been given
    /// back.</summary>
    private bool FlushPipe(int slot, Connection* connection)
    {
        while (connection->SpillLength > 0)
        {
            nint sent = SpliceOut(connection, connection->Pipe, connection->SpillLength);
            if (Errno.IsAgain(sent))
            {
                connection->Flags |= ConnectionFlags.WaitsForRoom;
                return false;
            }
            if (sent <= 0)
            {
                MarkFailed(slot, sent < 0 ? (int)-sent : LibC.EIO);
                return false;
            }
            CountSent(connection, sent);
            connection->SpillLength -= (int)sent;
        }
        pipes.Return(connection->Pipe);
        connection->Flags &= ~ConnectionFlags.HasPipe;
        connection->SpillBlock = SpillPool.None;
        return true;
    }

    /// <summary>Gives up pipes, for a new connection needs their descriptors more: those that
    /// nobody uses, else one whose reader is waited for, and its bytes wait in a block. False if
    /// there is none, or no block.</summary>
    private bool TryGiveUpPipe()
    {
        if (pipes.CloseFree()) return true;
        if (!pipes.IsInUse || !spill.HasRoom) return false;
        const ConnectionFlags asked = ConnectionFlags.HasPipe | ConnectionFlags.Closing;
        for (int slot = 0; slot < table.UsedSlots; slot++)
        {
            Connection* connection = table[slot];
            if ((connection->Flags & asked) != ConnectionFlags.HasPipe) continue;
            MoveToBlock(slot, connection);
            return true;
        }
        return false;
    }

    private void MoveToBlock(int slot, Connection* connection)
    {
        Pipe pipe = connection->Pipe;
        int length = connection->SpillLength;
        connection->Flags &= ~ConnectionFlags.HasPipe;
        nint moved = ReadPipe(connection, pipe, RentBlock(connection, length), length);
        pipes.Discard(pipe);
        if (moved != length) MarkFailed(slot, moved < 0 ? (int)-moved : LibC.EIO);
    }
}
