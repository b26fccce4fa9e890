// Closing: marked during a turn, done at its end, so that no descriptor number is given anew
// while events of its former owner may still be in the batch.
using Epollecho.Interop;
using Epollecho.Native.Loop;
using Epollecho.Native.Output;
using Epollecho.Native.Server.Session;
using Tmds.Linux;

namespace Epollecho.Native.Server;

internal unsafe partial struct EchoServer<TPoller>
    where TPoller : unmanaged, IPoller<TPoller>
{
    private void MarkClosed(int slot, CloseReason reason)
    {
        table[slot]->Reason = reason;
        closing.Push(ref table, slot);
    }

    private void MarkFailed(int slot, int errno)
    {
        table[slot]->Errno = errno;
        CloseReason reason =
            errno == LibC.ECONNRESET || errno == LibC.EPIPE ? CloseReason.Reset
            : errno == LibC.ETIMEDOUT ? CloseReason.Timeout
            : CloseReason.Error;
        MarkClosed(slot, reason);
    }

    private void CloseMarked()
    {
        if (closing.Count == 0) return;
        int slot;
        while ((slot = closing.Pop(ref table)) != ConnectionTable.None) Close(slot);
        if (acceptingIsPaused) ResumeAccepting();
    }

    private void CloseAll()
    {
        for (int slot = 0; slot < table.UsedSlots; slot++)
        {
            if (table[slot]->Fd < 0) continue;
            table[slot]->Reason = CloseReason.Shutdown;
            Close(slot);
        }
    }

    private void Close(int slot)
    {
        Connection* connection = table[slot];
        bool shown = connection->Has(ConnectionFlags.Announced)
            || log.Shows(Verbosity.Everything);
        if (shown) ReportClosed(slot);
        ReturnSpill(connection);
        poller.Remove(connection->Fd);
        CloseDescriptor(connection);
        table.Remove(slot);
    }
}
