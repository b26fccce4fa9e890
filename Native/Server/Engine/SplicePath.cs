// The way of the saturated: bytes of a connection whose reads fill the buffer go from its receive
// queue to its send queue through a pipe, and are never copied (splice(2)). What the peer does not
// take stays in the pipe, which the connection holds only for so long, and no longer than a new
// connection does without its descriptors. Where there is no pipe to be had, or nothing much to
// move, recv and send do it.
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Native.Server.Calls;
using Epollecho.Native.Server.Session;
using Tmds.Linux;

namespace Epollecho.Native.Server.Engine;

internal static unsafe class SplicePath
{
    /// <summary>A read of at least so many bytes that fills the buffer is a sign that there is
    /// more.</summary>
    private const int SaturatedBytes = 64 << 10;

    /// <summary>A splice of fewer bytes is a sign that there is not.</summary>
    private const int ScarceBytes = 16 << 10;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NoteSaturation<TCalls>(
        ref Transfer<TCalls> transfer, Connection* connection, nint received)
        where TCalls : struct, ICalls
    {
        if (received >= SaturatedBytes && received == transfer.ReadBytes
            && !transfer.Sessions.Unsent.Pipes.IsOff)
            connection->Flags |= ConnectionFlags.Saturated;
    }

    /// <summary>An empty pipe for a saturated connection, if it may have one.</summary>
    public static bool TryRentPipe<TCalls>(ref Transfer<TCalls> transfer, out Pipe pipe)
        where TCalls : struct, ICalls
    {
        pipe = default;
        return !transfer.SparesDescriptors && transfer.Sessions.Unsent.Pipes.TryRent(out pipe);
    }

    /// <summary>Echoes what there is, up to a pipe's capacity. True when it is all sent, and more
    /// may be there.</summary>
    public static bool EchoOnce<TCalls>(
        ref Transfer<TCalls> transfer, int slot, Connection* connection, Pipe pipe,
        out nint received)
        where TCalls : struct, ICalls
    {
        // No more than a block holds, where they may have to go.
        received = transfer.Calls.SpliceIn(
            connection, pipe, int.Min(PipePool.PipeBytes, transfer.BufferBytes));
        if (received < ScarceBytes) connection->Flags &= ~ConnectionFlags.Saturated;
        if (received > 0)
        {
            transfer.Sessions.CountReceived(slot, connection, received);
            connection->Unsent = Unsent.InPipe(pipe, (int)received);
            return Flush(ref transfer, slot, connection);
        }
        transfer.Sessions.Unsent.Pipes.Return(pipe);
        nint result = received;
        received = 0;
        if (IsRefused((int)-result))
        {
            transfer.Sessions.Unsent.Pipes.TurnOff(); // for these sockets, kernel or sandbox
            return true;
        }
        // Splice does not pass the mark of urgent data: recv tells what there is.
        bool mayBeMark = Errno.IsAgain(result) && connection->Has(ConnectionFlags.ReadsToEnd);
        if (result == 0 || mayBeMark) return true;
        transfer.OnNothingReceived(slot, connection, result);
        return false;
    }

    /// <summary>Sends what the connection's pipe holds. True when it is empty and has been given
    /// back.</summary>
    public static bool Flush<TCalls>(
        ref Transfer<TCalls> transfer, int slot, Connection* connection)
        where TCalls : struct, ICalls
    {
        while (connection->Unsent.Length > 0)
        {
            nint sent = transfer.Calls.SpliceOut(
                connection, connection->Unsent.Pipe, connection->Unsent.Length);
            if (Errno.IsAgain(sent))
            {
                connection->Flags |= ConnectionFlags.WaitsForRoom;
                return false;
            }
            if (sent <= 0)
            {
                transfer.Sessions.MarkFailed(slot, sent < 0 ? (int)-sent : LibC.EIO);
                return false;
            }
            transfer.Sessions.CountSent(connection, sent);
            connection->Unsent.Length -= (int)sent;
        }
        transfer.Sessions.Unsent.ReturnPipe(connection);
        return true;
    }

    /// <summary>Gives up pipes, for a new connection needs their descriptors more: those that
    /// nobody uses, else one whose reader is waited for, and its bytes move to a block. False if
    /// there is none, or no block.</summary>
    public static bool TryGiveUpPipe<TCalls>(ref Transfer<TCalls> transfer)
        where TCalls : struct, ICalls
    {
        ref UnsentPool unsent = ref transfer.Sessions.Unsent;
        if (unsent.Pipes.CloseFree()) return true;
        if (!unsent.Pipes.IsInUse || !transfer.HasBlock) return false;
        for (int slot = 0; slot < transfer.Sessions.Table.UsedSlots; slot++)
        {
            Connection* connection = transfer.Sessions.Table[slot];
            if (connection->Unsent.Place != UnsentPlace.Pipe
                || connection->Has(ConnectionFlags.Closing)) continue;
            MoveToBlock(ref transfer, slot, connection);
            return true;
        }
        return false;
    }

    private static void MoveToBlock<TCalls>(
        ref Transfer<TCalls> transfer, int slot, Connection* connection)
        where TCalls : struct, ICalls
    {
        Pipe pipe = connection->Unsent.Pipe;
        int length = connection->Unsent.Length;
        connection->Unsent = default;
        nint moved = transfer.Calls.ReadPipe(
            connection, pipe, transfer.RentBlock(connection, length), length);
        transfer.Sessions.Unsent.Pipes.Discard(pipe);
        if (moved != length)
            transfer.Sessions.MarkFailed(slot, moved < 0 ? (int)-moved : LibC.EIO);
    }

    /// <summary>Is it not the connection, but splice that does not work?</summary>
    private static bool IsRefused(int errno) =>
        errno == LibC.EINVAL || errno == LibC.ENOSYS || errno == LibC.EPERM;
}
