// Clocks: the monotonic one read by way of the vDSO, which on usual machines is no system call
// (clock_gettime(2), vdso(7)), and sleeping by it (clock_nanosleep(2)).
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Clock
{
    internal const int CLOCK_MONOTONIC = 1;
    internal const long NsPerMs = 1_000_000;
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>Nanoseconds since an unspecified start; never goes back.</summary>
    public static long MonotonicNs() => ReadNs(CLOCK_MONOTONIC);

    /// <summary>What a clock shows, in nanoseconds; -errno for a clock that is not there.
    /// </summary>
    public static long ReadNs(int clock)
    {
        timespec now;
        int result = (int)Errno.DirectResult(clock_gettime(clock, &now));
        return result < 0 ? result : ((long)now.tv_sec * NsPerSecond) + (long)now.tv_nsec;
    }

    /// <summary>Suspends the calling thread for so long, whatever signals come.</summary>
    public static void Sleep(int milliseconds)
    {
        timespec left = FromNs(milliseconds * NsPerMs);
        while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == LibC.EINTR)
        {
        }
    }

    /// <summary>So many nanoseconds, 0 or more, as a struct timespec.</summary>
    internal static timespec FromNs(long ns)
    {
        timespec time = default;
        time.tv_sec = ns / NsPerSecond;
        time.tv_nsec = (long_t)(nint)(ns % NsPerSecond);
        return time;
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, timespec* into);

    [LibraryImport("libc")]
    private static partial int clock_nanosleep(
        int clock, int flags, timespec* time, timespec* left);
}
