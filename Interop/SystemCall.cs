// send and recv by way of syscall(2). glibc's own functions are cancellation points (pthreads(7)):
// in a process with a second thread, which every process of this runtime is, a pair of them costs
// two atomic operations and 62 to 90 instructions more.
using System.Runtime.InteropServices;

namespace Epollecho.Interop;

internal static unsafe partial class SystemCall
{
    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    internal static nint SYS_sendto => IsArm64 ? 206 : 44;

    internal static nint SYS_recvfrom => IsArm64 ? 207 : 45;

    /// <summary>send(2): the bytes taken, or -1 and errno.</summary>
    public static nint SendTo(int fd, byte* from, nint length, int flags) =>
        syscall(SYS_sendto, fd, from, length, flags, 0, 0);

    /// <summary>recv(2): the bytes received, or -1 and errno.</summary>
    public static nint ReceiveFrom(int fd, byte* into, nint capacity, int flags) =>
        syscall(SYS_recvfrom, fd, into, capacity, flags, 0, 0);

    // Variadic, which for integers and pointers is called like any other on both architectures.
    // Tmds.LibC's has SetLastError: see Errno.DirectResult.
    [LibraryImport("libc")]
    private static partial nint syscall(
        nint number, nint fd, byte* bytes, nint length, nint flags, nint address,
        nint addressLength);
}
