// Bytes that were received and that the peer does not take yet, in blocks of one size out of one
// reserved region: a connection holds at most one block, and the region is the bound on all.
using System.Diagnostics;
using Epollecho.Interop;

namespace Epollecho.Native.Server.Session;

internal unsafe struct BlockPool
{
    private const int None = -1;

    private const int PageSize = 4096; // a stride, not the machine's: 64 KB pages work, too

    /// <summary>When no block is in use, memory beyond this goes back to the kernel.</summary>
    private const long KeptBytes = 4 << 20;

    private byte* region;
    private long stride;
    private int freeHead; // a stack through the first 4 bytes of each free block
    private int used; // blocks ever used since the last trim

    public int Capacity { get; private set; } // blocks

    public int InUse { get; private set; } // blocks

    public readonly bool HasRoom => InUse < Capacity;

    /// <summary>A pool of <paramref name="maxBytes"/> in blocks of <paramref name="blockBytes"/>;
    /// of half, a quarter, … where the address space is short, down to one that is always full.
    /// </summary>
    public static BlockPool Create(long maxBytes, int blockBytes)
    {
        BlockPool pool = new() { freeHead = None };
        pool.stride = (blockBytes + PageSize - 1L) / PageSize * PageSize;
        for (long blocks = maxBytes / pool.stride; blocks > 0; blocks /= 2)
        {
            blocks = long.Min(blocks, int.MaxValue);
            pool.region = ReservedMemory.Reserve(blocks * pool.stride);
            if (pool.region == null) continue;
            pool.Capacity = (int)blocks;
            break;
        }
        return pool;
    }

    public readonly byte* AddressOf(int block)
    {
        Debug.Assert(block >= 0 && block < used);
        return region + (block * stride);
    }

    /// <summary>A block, its content unspecified; only while <see cref="HasRoom"/>.</summary>
    public int Rent()
    {
        Debug.Assert(HasRoom);
        InUse++;
        if (freeHead == None) return used++;
        int block = freeHead;
        freeHead = *(int*)AddressOf(block);
        return block;
    }

    public void Return(int block)
    {
        *(int*)AddressOf(block) = freeHead;
        freeHead = block;
        InUse--;
        if (InUse == 0 && used * stride > KeptBytes) Trim();
    }

    public void Release()
    {
        if (region != null) ReservedMemory.Release(region, Capacity * stride);
        this = default;
    }

    private void Trim()
    {
        ReservedMemory.Discard(region, used * stride);
        freeHead = None;
        used = 0;
    }
}
