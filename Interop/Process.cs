// The calling process: its pid, environment, limits, relation to its parent, end.
using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Process
{
    internal const int RLIMIT_NOFILE = 7;
    internal const int CLOSE_RANGE_UNSHARE = 2;
    internal const int PR_SET_PDEATHSIG = 1;
    internal const int PR_SET_TIMERSLACK = 29;

    public static int Id => (int)LibC.getpid();

    /// <summary>An environment variable's value, valid for ever, or null.</summary>
    public static byte* GetEnvironmentVariable(byte* name) => getenv(name);

    /// <summary>Sets the soft limit on open files to the hard one, or to <paramref name="most"/>
    /// where that is less: descriptors are then numbered below it. Is it the latter?</summary>
    public static bool LimitOpenFiles(int most)
    {
        ResourceLimit limit;
        if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
        bool isLess = (ulong)most < limit.Hard;
        limit.Soft = isLess ? (ulong)most : limit.Hard;
        return setrlimit(RLIMIT_NOFILE, &limit) == 0 && isLess; // or it stays unchanged
    }

    /// <summary>How many descriptors the process may have open (RLIMIT_NOFILE, soft); 0 if the
    /// kernel does not say.</summary>
    public static long OpenFileLimit
    {
        get
        {
            ResourceLimit limit;
            if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
            return (long)ulong.Min(limit.Soft, long.MaxValue);
        }
    }

    /// <summary>Has the kernel send this process a signal when its parent ends
    /// (PR_SET_PDEATHSIG, prctl(2)). False if the parent, whose pid is
    /// <paramref name="parentPid"/>, has ended already; with 0, the parent is the one at the call.
    /// </summary>
    public static bool SignalWhenParentEnds(int signal, int parentPid)
    {
        if (parentPid == 0) parentPid = (int)LibC.getppid();
        _ = prctl(PR_SET_PDEATHSIG, (nuint)signal); // fails for what is no signal
        return (int)LibC.getppid() == parentPid;
    }

    /// <summary>Lets waits of this thread, and of those it starts, end within a microsecond of
    /// their time instead of the usual 50 (PR_SET_TIMERSLACK, prctl(2)).</summary>
    public static void MakeTimersPrecise() => _ = prctl(PR_SET_TIMERSLACK, 1); // in ns

    /// <summary>Gives the calling thread a table of descriptors of its own, a copy of the one it
    /// shared with the runtime's other threads: the kernel need then not count references to a
    /// descriptor at each call (close_range(2), CLOSE_RANGE_UNSHARE; the range holds none to
    /// close). What is open before stays open in the other threads' table until they end.
    /// </summary>
    public static void OwnDescriptorTable() =>
        _ = close_range(uint.MaxValue, uint.MaxValue, CLOSE_RANGE_UNSHARE); // or shares it still

    /// <summary>Ends the process at once, without running anything else of it.</summary>
    [DoesNotReturn]
    public static void Exit(int status)
    {
        LibC._exit(status);
        throw new InvalidOperationException();
    }

    [LibraryImport("libc")]
    private static partial byte* getenv(byte* name);

    [LibraryImport("libc")]
    private static partial int close_range(uint first, uint last, int flags);

    [LibraryImport("libc")]
    private static partial int prctl(int operation, nuint argument);

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, ResourceLimit* into);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, ResourceLimit* from);
}

/// <summary>struct rlimit (getrlimit(2)); the unit is the resource's.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceLimit
{
    public ulong Soft;
    public ulong Hard;
}
