// The processors that a process may run on (sched_setaffinity(2)).
using System;
using CommunityToolkit.HighPerformance.Helpers;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe class Processors
{
    // Four times CPU_SETSIZE: the kernel refuses a mask that is shorter than its own.
    private const int MaxProcessors = 4096;
    private const int WordBits = 64;
    private const int Words = MaxProcessors / WordBits;
    private const int MaskBytes = Words * sizeof(ulong);

    /// <summary>The first and the last processor that this process may run on; false where
    /// there is just one, or the kernel does not say.</summary>
    public static bool TryFindTwo(out int first, out int last)
    {
        ulong* mask = stackalloc ulong[Words];
        new Span<ulong>(mask, Words).Clear();
        first = last = -1;
        if (LibC.sched_getaffinity(0, MaskBytes, (cpu_set_t*)mask) != 0) return false;
        for (int i = 0; i < MaxProcessors; i++)
        {
            if (!BitHelper.HasFlag(mask[i / WordBits], i % WordBits)) continue;
            if (first < 0) first = i;
            last = i;
        }
        return last > first;
    }

    /// <summary>Lets a process (0: the calling thread of this one) run on one processor only;
    /// false if that is not allowed.</summary>
    public static bool TryPin(int pid, int processor)
    {
        ulong* mask = stackalloc ulong[Words];
        new Span<ulong>(mask, Words).Clear();
        BitHelper.SetFlag(ref mask[processor / WordBits], processor % WordBits, true);
        return LibC.sched_setaffinity((pid_t)pid, MaskBytes, (cpu_set_t*)mask) == 0;
    }
}
