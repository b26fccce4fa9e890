// Address space that takes memory only where it is touched (mmap(2), madvise(2)).
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe class ReservedMemory
{
    /// <summary>Zeroed, private, page-aligned memory of <paramref name="bytes"/>, committed page
    /// by page on first use; null where the address space (ulimit -v) does not allow it.
    /// </summary>
    public static byte* Reserve(long bytes)
    {
        void* address = LibC.mmap(
            null, (size_t)(ulong)bytes, LibC.PROT_READ | LibC.PROT_WRITE,
            LibC.MAP_PRIVATE | LibC.MAP_ANONYMOUS | LibC.MAP_NORESERVE, -1, 0);
        return address == LibC.MAP_FAILED ? null : (byte*)address;
    }

    /// <summary>Gives the pages' memory back to the kernel; they read as zero from then on.
    /// </summary>
    public static void Discard(byte* address, long bytes) =>
        _ = LibC.madvise(address, (size_t)(ulong)bytes, LibC.MADV_DONTNEED); // or they stay

    public static void Release(byte* address, long bytes) =>
        _ = LibC.munmap(address, (size_t)(ulong)bytes); // fails for wrong arguments only
}
