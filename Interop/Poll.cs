// poll(2).
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Poll
{
    /// <summary>Waits until one of the descriptors is ready, up to <paramref name="timeoutMs"/>
    /// (-1: for ever). How many have events, or -errno; a signal counts as 0.</summary>
    public static int Wait(pollfd* items, int count, int timeoutMs)
    {
        int result = (int)Errno.HotResult(poll(items, (nuint)count, timeoutMs));
        return result == -LibC.EINTR ? 0 : result;
    }

    [LibraryImport("libc")]
    private static partial int poll(pollfd* items, nuint count, int timeoutMs);
}
