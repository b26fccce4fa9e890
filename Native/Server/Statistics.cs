// What the server has done, counted since its start; one line of text on demand.
using System;
using Epollecho.Native.Base;

namespace Epollecho.Native.Server;

internal struct Statistics
{
    public long Accepted; // connections that were served, now or before
    public long Refused; // connections that were accepted and closed at once
    public long BytesIn;
    public long BytesOut;
    public long BytesSpilled; // bytes that had to wait in the spill pool
    public long Turns; // of the loop, counted when the wait is measured
    public long WaitNs; // time in the wait call, when it is measured

    private long allocatedAtStart;
    private int collectionsAtStart;

    /// <summary>Counts garbage-collected memory from here on.</summary>
    public void StartAllocationCount()
    {
        allocatedAtStart = GC.GetAllocatedBytesForCurrentThread();
        collectionsAtStart = GC.CollectionCount(0);
    }

    /// <summary>Bytes that the serving thread has allocated on the GC heap.</summary>
    public readonly long AllocatedBytes =>
        GC.GetAllocatedBytesForCurrentThread() - allocatedAtStart;

    public readonly int Collections => GC.CollectionCount(0) - collectionsAtStart;

    public readonly void AppendTo(ref TextBuilder text, int connectionsNow, bool withWait)
    {
        text.Append("statistics:"u8);
        text.AppendField("connections"u8, connectionsNow);
        text.AppendField("total"u8, Accepted);
        text.AppendField("refused"u8, Refused);
        text.AppendField("bytes_in"u8, BytesIn);
        text.AppendField("bytes_out"u8, BytesOut);
        text.AppendField("bytes_spilled"u8, BytesSpilled);
        text.AppendField("gc_allocated_bytes"u8, AllocatedBytes);
        text.AppendField("gc_collections"u8, Collections);
        if (!withWait) return;
        const int nsPerUs = 1000;
        text.AppendField("turns"u8, Turns);
        text.AppendField("wait_us"u8, WaitNs / nsPerUs);
    }
}
