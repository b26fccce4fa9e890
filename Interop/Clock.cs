// The monotonic clock (clock_gettime(2)), by way of the vDSO: no system call on usual machines.
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Clock
{
    private const int CLOCK_MONOTONIC = 1;

    /// <summary>Nanoseconds since an unspecified start; never goes back.</summary>
    public static long MonotonicNs() => ReadNs(CLOCK_MONOTONIC);

    /// <summary>What a clock shows, in nanoseconds; -errno for a clock that is not there.
    /// </summary>
    public static long ReadNs(int clock)
    {
        timespec now;
        int result = (int)Errno.DirectResult(clock_gettime(clock, &now));
        return result < 0 ? result : ((long)now.tv_sec * 1_000_000_000) + (long)now.tv_nsec;
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, timespec* into);
}
