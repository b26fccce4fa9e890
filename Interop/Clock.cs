// The monotonic clock (clock_gettime(2)), by way of the vDSO: no system call on usual machines.
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Clock
{
    private const int CLOCK_MONOTONIC = 1;

    /// <summary>Nanoseconds since an unspecified start; never goes back.</summary>
    public static long MonotonicNs()
    {
        timespec now;
        _ = clock_gettime(CLOCK_MONOTONIC, &now); // fails for a bad clock or pointer only
        return ((long)now.tv_sec * 1_000_000_000) + (long)now.tv_nsec;
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, timespec* into);
}
