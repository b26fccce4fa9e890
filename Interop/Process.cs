// The process: its environment, its limits, its end.
using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Process
{
    private const int RLIMIT_NOFILE = 7;
    private const int AT_EXECFN = 31;
    private const int CLOSE_RANGE_UNSHARE = 2;
    private const int PR_SET_PDEATHSIG = 1;
    private const int PR_SET_TIMERSLACK = 29;

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
        return setrlimit(RLIMIT_NOFILE, &limit) == 0 && isLess; // refused: it stays as it is
    }

    /// <summary>How many descriptors the process may have open (RLIMIT_NOFILE, soft); 0 if the
    /// kernel does not tell.</summary>
    public static long OpenFileLimit
    {
        get
        {
            ResourceLimit limit;
            if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
            return (long)ulong.Min(limit.Soft, long.MaxValue);
        }
    }

    /// <summary>The path that this program was started by (getauxval(3), AT_EXECFN), valid for
    /// ever; null if the kernel does not tell. Relative to the folder it was started in.
    /// </summary>
    public static byte* ProgramPath => (byte*)getauxval(AT_EXECFN);

    /// <summary>Has the kernel send this process a signal when its parent ends
    /// (PR_SET_PDEATHSIG, prctl(2)). False if the parent has ended already, which only a
    /// <paramref name="parent"/> that names itself can tell for certain; 0: whoever it is now.
    /// </summary>
    public static bool SignalWhenParentEnds(int signal, int parent)
    {
        if (parent == 0) parent = (int)LibC.getppid();
        _ = prctl(PR_SET_PDEATHSIG, (nuint)signal); // fails for what is no signal
        return (int)LibC.getppid() == parent;
    }

    /// <summary>Lets waits of this thread, and of those it starts, end within a microsecond of
    /// their time instead of the usual 50 (PR_SET_TIMERSLACK, prctl(2)).</summary>
    public static void MakeTimersPrecise() => _ = prctl(PR_SET_TIMERSLACK, 1); // 1 ns; or as it is

    /// <summary>Gives the calling thread a table of descriptors of its own, a copy of the one it
    /// shared with the runtime's other thread: the kernel then finds a descriptor without
    /// counting a reference to it, at each call (close_range(2), CLOSE_RANGE_UNSHARE; the range
    /// holds none to close). Before descriptors are opened: those of the copy stay open there.
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
    private static partial nuint getauxval(nuint type);

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
