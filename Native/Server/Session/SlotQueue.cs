// A first-in-first-out list of connections, linked through Connection.Link: no memory of its own.
// A connection is in one list at a time, and the flag says in which.
using System.Diagnostics;

namespace Epollecho.Native.Server.Session;

internal unsafe struct SlotQueue(ConnectionFlags membership)
{
    private readonly ConnectionFlags membership = membership;
    private int head = ConnectionTable.None;
    private int tail = ConnectionTable.None;

    public int Count { get; private set; }

    public void Push(ref ConnectionTable table, int slot)
    {
        Connection* connection = table[slot];
        Debug.Assert(!connection->Has(ConnectionFlags.Ready | ConnectionFlags.Closing));
        connection->Flags |= membership;
        connection->Link = ConnectionTable.None;
        if (tail == ConnectionTable.None)
            head = slot;
        else
            table[tail]->Link = slot;
        tail = slot;
        Count++;
    }

    /// <summary>Takes the oldest out; <see cref="ConnectionTable.None"/> from an empty list.
    /// </summary>
    public int Pop(ref ConnectionTable table)
    {
        int slot = head;
        if (slot == ConnectionTable.None) return slot;
        Connection* connection = table[slot];
        head = connection->Link;
        if (head == ConnectionTable.None) tail = ConnectionTable.None;
        connection->Flags &= ~membership;
        Count--;
        return slot;
    }
}
