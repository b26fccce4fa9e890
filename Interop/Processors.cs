// The processors that a process may run on (sched_setaffinity(2)).
using System.Runtime.InteropServices;

namespace Epollecho.Interop;

internal static unsafe partial class Processors
{
    private const int MaxProcessors = 4096; // a bit each
    private const int MaskBytes = MaxProcessors / 8;

    /// <summary>The first and the last processor that this process may run on; false where
    /// there is just one, or the kernel does not tell.</summary>
    public static bool TryFindTwo(out int first, out int last)
    {
        byte* mask = stackalloc byte[MaskBytes];
        first = last = -1;
        for (int i = 0; i < MaskBytes; i++) mask[i] = 0;
        if (sched_getaffinity(0, MaskBytes, mask) != 0) return false;
        for (int i = 0; i < MaxProcessors; i++)
        {
            if ((mask[i / 8] & (1 << (i % 8))) == 0) continue;
            if (first < 0) first = i;
            last = i;
        }
        return last > first;
    }

    /// <summary>Lets a process (0: this one's calling thread) run on one processor only; false
    /// if that is not allowed.</summary>
    public static bool TryPin(int process, int processor)
    {
        byte* mask = stackalloc byte[MaskBytes];
        for (int i = 0; i < MaskBytes; i++) mask[i] = 0;
        mask[processor / 8] = (byte)(1 << (processor % 8));
        return sched_setaffinity(process, MaskBytes, mask) == 0;
    }

    [LibraryImport("libc")]
    private static partial int sched_getaffinity(int process, nuint size, byte* mask);

    [LibraryImport("libc")]
    private static partial int sched_setaffinity(int process, nuint size, byte* mask);
}
