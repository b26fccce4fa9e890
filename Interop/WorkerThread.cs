// A thread of this program (pthreads(7)): started, and waited for.
using System.Runtime.InteropServices;

namespace Epollecho.Interop;

internal static unsafe partial class WorkerThread
{
    /// <summary>Starts a thread that runs <paramref name="start"/>. 0, or -errno (EAGAIN: no
    /// more threads).</summary>
    public static int Start(
        delegate* unmanaged[Cdecl]<void*, void*> start, void* argument, out nuint thread)
    {
        fixed (nuint* into = &thread) return -pthread_create(into, null, start, argument);
    }

    /// <summary>To be called first by a thread's function: makes the runtime allocate what it
    /// keeps for each thread (the errno of its calls), so that nothing is allocated later.
    /// </summary>
    public static void Prepare() => Marshal.SetLastPInvokeError(0);

    /// <summary>Waits until it has ended.</summary>
    public static void Join(nuint thread) => _ = pthread_join(thread, null); // fails for no thread

    [LibraryImport("libc")]
    private static partial int pthread_create(
        nuint* thread, void* attributes, delegate* unmanaged[Cdecl]<void*, void*> start,
        void* argument);

    [LibraryImport("libc")]
    private static partial int pthread_join(nuint thread, void** result);
}
