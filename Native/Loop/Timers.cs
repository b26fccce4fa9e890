// Timers by number, in a hierarchical timing wheel (Varghese and Lauck, "Hashed and Hierarchical
// Timing Wheels", 1987): arming, moving and cancelling one is a few writes, whatever the number of
// timers, and a turn of the loop costs what expires. Each slot knows its earliest time, so that the
// loop sleeps until a timer is due and not until a slot is: timers that are armed wake nobody.
//
// A timer that would be moved at each message is not: its owner notes the time of the message, and
// compares when the timer expires; if there was one, it arms the timer again for the rest.
using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using CommunityToolkit.HighPerformance.Helpers;
using Epollecho.Interop;
using Epollecho.Native.Base;

namespace Epollecho.Native.Loop;

internal unsafe struct Timers
{
    public const int None = -1;

    /// <summary>Bytes that a timer takes once it has been armed.</summary>
    public const int NodeBytes = 24;

    private const int TickShift = 20; // a tick is 2^20 ns, about a millisecond
    private const int SlotBits = 6;
    private const int SlotsPerLevel = 1 << SlotBits;
    private const int Levels = 7; // 2^42 ticks; times beyond the clock's range end in the last
    private const int DueList = Levels * SlotsPerLevel; // of those that are handed out
    private const long MaxTick = (1L << (Levels * SlotBits)) - 1;

    private Node* nodes;
    private Slot* slots; // by level, then the list of those that are due
    private LevelMasks occupied; // a bit for each slot that has a timer
    private long currentTick; // no timer in the wheel is before it
    private int capacity;

    /// <summary>Reserves room for timers numbered from 0 up to <paramref name="capacity"/>; 0, or
    /// -errno (ENOMEM).</summary>
    public static int TryCreate(int capacity, out Timers timers)
    {
        timers = new() { capacity = capacity };
        timers.slots = (Slot*)ReservedMemory.Reserve((DueList + 1) * sizeof(Slot));
        timers.nodes = (Node*)ReservedMemory.Reserve((long)capacity * sizeof(Node));
        if (timers.slots == null || timers.nodes == null) return -Tmds.Linux.LibC.ENOMEM;
        timers.currentTick = Instant.Now.Nanoseconds >> TickShift;
        return 0;
    }

    /// <summary>Timers that are armed.</summary>
    public int Count { get; private set; }

    public readonly bool IsArmed(int timer) => nodes[timer].SlotPlusOne != 0;

    /// <summary>When an armed timer expires.</summary>
    public readonly Instant TimeOf(int timer) => nodes[timer].At;

    /// <summary>Sets a timer, which may be armed for another time already.</summary>
    public void Arm(int timer, Instant at)
    {
        Debug.Assert(timer >= 0 && timer < capacity);
        if (IsArmed(timer)) Unlink(timer);
        else Count++;
        nodes[timer].At = at;
        Place(timer);
    }

    /// <summary>Without effect on a timer that is not armed.</summary>
    public void Cancel(int timer)
    {
        if (!IsArmed(timer)) return;
        Unlink(timer);
        Count--;
    }

    /// <summary>When the loop has to look again: not after any timer is due, and before only if
    /// the earliest one has been cancelled or moved. <see cref="Instant.Never"/> if none is armed.
    /// </summary>
    public readonly Instant Next
    {
        get
        {
            if (Count == 0) return Instant.Never;
            if (slots[DueList].HeadPlusOne != 0) return Instant.Start;
            return slots[FirstSlot()].Earliest;
        }
    }

    /// <summary>The next timer that is due, which is thereby no longer armed, or
    /// <see cref="None"/>.</summary>
    public int Expire(Instant now)
    {
        if (Count == 0) return None;
        while (slots[DueList].HeadPlusOne == 0)
        {
            int slot = FirstSlot();
            if (slots[slot].Earliest > now) return None;
            if (slot < SlotsPerLevel) CollectDue(slot, now);
            else Cascade(slot);
        }
        int timer = slots[DueList].HeadPlusOne - 1;
        Unlink(timer);
        Count--;
        return timer;
    }

    public void Release()
    {
        ReservedMemory.Release((byte*)slots, (DueList + 1) * sizeof(Slot));
        ReservedMemory.Release((byte*)nodes, (long)capacity * sizeof(Node));
        this = default;
    }

    /// <summary>The slot that holds the earliest timer: all of a level are due before those of
    /// the next level.</summary>
    private readonly int FirstSlot()
    {
        int level = 0;
        while (occupied[level] == 0) level++;
        return (level * SlotsPerLevel) + BitOperations.TrailingZeroCount(occupied[level]);
    }

    /// <summary>Puts a timer where its time differs from the wheel's: into the level of the
    /// highest group of bits in which it does.</summary>
    private void Place(int timer)
    {
        long tick = long.Clamp(nodes[timer].At.Nanoseconds >> TickShift, currentTick, MaxTick);
        int level = BitOperations.Log2((ulong)(tick ^ currentTick) | 1) / SlotBits;
        int index = (int)(tick >> (level * SlotBits)) & (SlotsPerLevel - 1);
        BitHelper.SetFlag(ref occupied[level], index, true);
        Link(timer, (level * SlotsPerLevel) + index);
    }

    /// <summary>Moves the timers of a slot whose time has begun to lower levels.</summary>
    private void Cascade(int slot)
    {
        int level = slot / SlotsPerLevel;
        int shift = level * SlotBits;
        long index = slot % SlotsPerLevel;
        // The wheel's time goes to the beginning of the slot: nothing is armed before that.
        currentTick = (currentTick >> (shift + SlotBits) << (shift + SlotBits)) | (index << shift);
        int next = Empty(slot);
        while (next != None)
        {
            int timer = next;
            next = nodes[timer].NextPlusOne - 1;
            Place(timer);
        }
    }

    /// <summary>Takes the due timers out of a slot of the lowest level, which all are of one
    /// tick.</summary>
    private void CollectDue(int slot, Instant now)
    {
        currentTick = (currentTick & ~(SlotsPerLevel - 1L)) | (uint)slot;
        int next = Empty(slot);
        while (next != None)
        {
            int timer = next;
            next = nodes[timer].NextPlusOne - 1;
            if (nodes[timer].At <= now) Link(timer, DueList);
            else Place(timer);
        }
    }

    /// <summary>Forgets the list of a slot; its first timer.</summary>
    private int Empty(int slot)
    {
        int first = slots[slot].HeadPlusOne - 1;
        slots[slot] = default;
        BitHelper.SetFlag(ref occupied[slot / SlotsPerLevel], slot % SlotsPerLevel, false);
        return first;
    }

    private readonly void Link(int timer, int slot)
    {
        ref Slot list = ref slots[slot];
        ref Node node = ref nodes[timer];
        bool isFirst = list.HeadPlusOne == 0;
        list.Earliest = isFirst ? node.At : Instant.Earlier(list.Earliest, node.At);
        node.SlotPlusOne = slot + 1;
        node.PreviousPlusOne = 0;
        node.NextPlusOne = list.HeadPlusOne;
        if (!isFirst) nodes[list.HeadPlusOne - 1].PreviousPlusOne = timer + 1;
        list.HeadPlusOne = timer + 1;
    }

    private void Unlink(int timer)
    {
        ref Node node = ref nodes[timer];
        int slot = node.SlotPlusOne - 1;
        if (node.NextPlusOne != 0)
            nodes[node.NextPlusOne - 1].PreviousPlusOne = node.PreviousPlusOne;
        if (node.PreviousPlusOne != 0)
            nodes[node.PreviousPlusOne - 1].NextPlusOne = node.NextPlusOne;
        else
            slots[slot].HeadPlusOne = node.NextPlusOne;
        node.SlotPlusOne = 0;
        if (slots[slot].HeadPlusOne == 0 && slot != DueList) _ = Empty(slot);
    }

    /// <summary>Numbers are one more than they are, so that zeroed memory means none.</summary>
    private struct Node
    {
        public Instant At;
        public int SlotPlusOne; // 0: not armed
        public int NextPlusOne;
        public int PreviousPlusOne;
    }

    private struct Slot
    {
        public Instant Earliest; // of its timers, or earlier
        public int HeadPlusOne;
    }

    [InlineArray(Levels)]
    private struct LevelMasks
    {
        private ulong first;
    }
}
