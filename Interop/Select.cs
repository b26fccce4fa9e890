// select(2) and its set of descriptors.
using System.Diagnostics;
using System.Runtime.InteropServices;
using CommunityToolkit.HighPerformance.Helpers;
using Tmds.Linux;

namespace Epollecho.Interop;

/// <summary>fd_set: 1024 bits, in words of an unsigned long.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DescriptorSet
{
    /// <summary>FD_SETSIZE: a bit above would be written into other memory.</summary>
    public const int Capacity = 1024;

    public const int WordBits = 64;

    public fixed ulong Words[Capacity / WordBits];

    public readonly bool Has(int fd)
    {
        Debug.Assert(fd is >= 0 and < Capacity);
        return BitHelper.HasFlag(Words[fd / WordBits], fd % WordBits);
    }

    public void Set(int fd, bool on)
    {
        Debug.Assert(fd is >= 0 and < Capacity);
        BitHelper.SetFlag(ref Words[fd / WordBits], fd % WordBits, on);
    }
}

internal static unsafe partial class Select
{
    /// <summary>Waits until a descriptor below <paramref name="end"/> is ready, up to
    /// <paramref name="timeoutMs"/> (-1: for ever); the sets then hold those that are. How many
    /// bits are set, or -errno; a signal counts as 0.</summary>
    public static int Wait(
        int end, DescriptorSet* readable, DescriptorSet* writable, int timeoutMs)
    {
        TimeValue time;
        time.Seconds = timeoutMs / 1000;
        time.Microseconds = timeoutMs % 1000 * 1000;
        int result = (int)Errno.DirectResult(
            select(end, readable, writable, null, timeoutMs < 0 ? null : &time));
        return result == -LibC.EINTR ? 0 : result;
    }

    [LibraryImport("libc")]
    private static partial int select(
        int end, DescriptorSet* readable, DescriptorSet* writable, DescriptorSet* exceptional,
        TimeValue* timeout);

    /// <summary>struct timeval.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeValue
    {
        public long Seconds;
        public long Microseconds;
    }
}
