// All connections, in one reserved native array: memory is committed page by page as slots are
// first used, and freed slots are used again first. Owned by the sessions; pointers into it stay
// valid until Release.
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Loop;

namespace Epollecho.Native.Server.Session;

internal unsafe struct ConnectionTable
{
    public const int None = -1;

    private Connection* items;
    private int freeHead; // slots used before, a stack through Connection.Link
    private int used; // slots ever used

    public int Capacity { get; private set; }

    /// <summary>Connections now.</summary>
    public int Count { get; private set; }

    /// <summary>Slots from 0 up to this have been used: the range to walk for all connections.
    /// </summary>
    public readonly int UsedSlots => used;

    /// <summary>Reserves a table of <paramref name="capacity"/> slots, or of half, a quarter, …
    /// where the address space is short. False if not even one slot can be had.</summary>
    public static bool TryCreate(int capacity, out ConnectionTable table)
    {
        table = new() { freeHead = None };
        for (int slots = capacity; slots > 0; slots /= 2)
        {
            table.items = (Connection*)ReservedMemory.Reserve((long)slots * Connection.Size);
            if (table.items == null) continue;
            table.Capacity = slots;
            return true;
        }
        return false;
    }

    public readonly Connection* this[int slot]
    {
        get
        {
            Debug.Assert(slot >= 0 && slot < used);
            return items + slot;
        }
    }

    /// <summary>A slot for a new connection, all fields at their start; <see cref="None"/> when
    /// the table is full.</summary>
    public int Add(int fd, Instant now)
    {
        int slot = freeHead;
        if (slot != None)
            freeHead = items[slot].Link;
        else if (used < Capacity)
            slot = used++;
        else
            return None;

        Connection* connection = items + slot;
        uint generation = connection->Generation;
        *connection = new()
        {
            Fd = fd,
            Generation = generation,
            Accepted = now,
            Link = None,
        };
        Count++;
        return slot;
    }

    /// <summary>Frees a slot; its token is stale from now on.</summary>
    public void Remove(int slot)
    {
        Connection* connection = this[slot];
        Debug.Assert(connection->Fd >= 0 && connection->Unsent.Place == UnsentPlace.None);
        connection->Fd = -1;
        connection->Generation++;
        connection->Link = freeHead;
        freeHead = slot;
        Count--;
    }

    /// <summary>What the poller hands back with each event of a connection.</summary>
    public readonly Token TokenOf(int slot) =>
        new(TokenKind.Connection, slot, this[slot]->Generation);

    /// <summary>The slot that a token means, or <see cref="None"/> for one that is stale, or not a
    /// connection's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int SlotOf(Token token)
    {
        uint slot = (uint)token.Index;
        if (slot >= (uint)used) return None;
        Connection* connection = items + slot;
        Token current = new(TokenKind.Connection, (int)slot, connection->Generation);
        return connection->Fd >= 0 && current == token ? (int)slot : None;
    }

    public void Release()
    {
        ReservedMemory.Release((byte*)items, (long)Capacity * Connection.Size);
        this = default;
    }
}
