// What the connections of a worker came to, counted since its start.
using System;

namespace Epollecho.Native.Server.Session;

internal struct Statistics
{
    public long Accepted; // connections that were served, now or before
    public long Refused; // connections that were accepted and closed at once
    public long BytesIn;
    public long BytesOut;
    public long BytesSpilled; // bytes that had to wait in a block

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
}
