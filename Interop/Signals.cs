// Signals as bytes to read: blocked in every thread, delivered through a signalfd (signalfd(2)).
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Signals
{
    internal const int SFD_NONBLOCK = 0x800;
    internal const int SFD_CLOEXEC = 0x80000;

    private static sigset_t watched;

    /// <summary>Blocks <paramref name="signals"/> in every thread and opens a non-blocking
    /// descriptor that reports them; -errno on failure. The runtime's finalizer thread, which
    /// exists before Main and would otherwise take the signal with its default action, runs the
    /// same block in the finalizer of a throw-away object; threads that are started later inherit
    /// it. SIGHUP is left out where the starter has it ignored, as nohup(1) does.</summary>
    public static int Open(ReadOnlySpan<int> signals)
    {
        fixed (sigset_t* set = &watched)
        {
            _ = LibC.sigemptyset(set);
            foreach (int signal in signals)
            {
                if (signal == LibC.SIGHUP && IsIgnored(signal)) continue;
                _ = LibC.sigaddset(set, signal);
            }
        }
        BlockInThisThread();
        DropBlocker();
        GC.Collect(0);
        GC.WaitForPendingFinalizers();
        fixed (sigset_t* set = &watched)
            return Errno.Result(signalfd(-1, set, SFD_NONBLOCK | SFD_CLOEXEC));
    }

    /// <summary>The next pending signal's number, or -errno (EAGAIN: none).</summary>
    public static int Read(int signalFd)
    {
        SignalInformation information;
        nint result;
        do
        {
            result = Errno.Result(LibC.read(signalFd, &information, sizeof(SignalInformation)));
        }
        while (result == -LibC.EINTR);
        return result < 0 ? (int)result : (int)information.Number;
    }

    private static bool IsIgnored(int signal)
    {
        sigaction current;
        return LibC.sigaction(signal, null, &current) == 0 && current.sa_handler == LibC.SIG_IGN;
    }

    private static void BlockInThisThread()
    {
        fixed (sigset_t* set = &watched) _ = LibC.pthread_sigmask(LibC.SIG_BLOCK, set, null);
    }

    // Not inlined, so that no register or stack slot of the caller keeps the object alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DropBlocker() => _ = new Blocker();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int signalfd(int fd, sigset_t* mask, int flags);

    private sealed class Blocker
    {
        ~Blocker() => BlockInThisThread();
    }
}

/// <summary>struct signalfd_siginfo, 128 bytes, of which only the signal's number is read.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct SignalInformation
{
    [FieldOffset(0)] public uint Number;
}
