// What to do with a connection that is ready: looks whether the event is of use, and has the
// strategy serve it. Owns the transfer.
using System.Runtime.CompilerServices;
using Epollecho.Native.Server.Calls;
using Epollecho.Native.Server.Session;
using Tmds.Linux;

namespace Epollecho.Native.Server.Engine;

internal enum Strategy
{
    Eager, // answers at once, and waits for output only when the peer's window is full
    Rearm, // waits for input, takes all there is, waits for output, sends it: IN, OUT, IN
}

internal unsafe struct EchoEngine<TCalls>
    where TCalls : struct, ICalls
{
    public Transfer<TCalls> Transfer;
    public Strategy Strategy;

    /// <summary>Notes what is reported of a connection; is it to be served for it?</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool NoteEvent(Connection* connection, int events)
    {
        const ConnectionFlags servedLater = ConnectionFlags.Ready | ConnectionFlags.Closing;
        int always = LibC.EPOLLHUP | LibC.EPOLLERR;
        if ((events & (LibC.EPOLLRDHUP | LibC.EPOLLPRI | always)) != 0)
            connection->Flags |= ConnectionFlags.ReadsToEnd;
        if (connection->Has(servedLater)) return false; // in this turn's pass, or at its end
        // One that waits for room is not read from, and one that does not has nothing to send.
        int wanted = connection->Has(ConnectionFlags.WaitsForRoom)
            ? LibC.EPOLLOUT : LibC.EPOLLIN | LibC.EPOLLRDHUP;
        return (events & (wanted | always)) != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Serve(int slot, Connection* connection)
    {
        if (Strategy == Strategy.Rearm) RearmStrategy.Serve(ref Transfer, slot, connection);
        else EagerStrategy.Serve(ref Transfer, slot, connection);
    }
}
