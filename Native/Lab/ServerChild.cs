// The process of a server of this very program: started with its output in a pipe, observed,
// ended. Owns the process; the pipe's end is the caller's.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Output;

namespace Epollecho.Native.Lab;

internal unsafe struct ServerChild
{
    private const int MaxArguments = 16;
    private const int MaxArgumentLength = 64;
    private const int SignalStatus = 128; // and the signal that ended a process

    private int exitStatus;

    private static Duration EndCheckInterval => Duration.FromMilliseconds(1);

    private static Duration KillLimit => Duration.FromSeconds(10L);

    public int Pid { get; private set; }

    /// <summary>Is it known to have ended? It has been waited for then: its pid may be another
    /// process's.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Has it ended with exit status 0?</summary>
    public readonly bool HasSucceeded => HasEnded && exitStatus == 0;

    /// <summary>Starts a server on a free port of 127.0.0.1, whose output can be read from
    /// <paramref name="outputFd"/>; false, with a message, if it cannot be started.</summary>
    public static bool TryStart(Combination combination, out ServerChild child, out int outputFd)
    {
        child = default;
        byte** arguments = stackalloc byte*[MaxArguments];
        byte* parent = stackalloc byte[MaxArgumentLength];
        ComposeParentOption(new(parent, MaxArgumentLength));
        int i = 0;
        arguments[i++] = NativeText.PointerTo("epollecho"u8);
        arguments[i++] = NativeText.PointerTo("serve"u8);
        arguments[i++] = NativeText.PointerTo("--port=0"u8);
        arguments[i++] = NativeText.PointerTo("--bind=127.0.0.1"u8);
        arguments[i++] = NativeText.PointerTo("--measure-wait"u8);
        arguments[i++] = parent;
        arguments[i++] = NativeText.PointerTo("--poller"u8);
        arguments[i++] = NativeText.PointerTo(combination.Poller);
        arguments[i++] = NativeText.PointerTo("--trigger"u8);
        arguments[i++] = NativeText.PointerTo(combination.Trigger);
        arguments[i++] = NativeText.PointerTo("--strategy"u8);
        arguments[i++] = NativeText.PointerTo(combination.Strategy);
        arguments[i] = null;
        child.Pid = StartThisProgram(arguments, out outputFd);
        return child.Pid > 0
            || LabError.Fail("cannot start this program as a server"u8, -child.Pid);
    }

    /// <summary>Sends a signal; to a process that has ended, none.</summary>
    public readonly void Signal(int signal)
    {
        if (!HasEnded) _ = ChildProcess.Signal(Pid, signal); // it is there until waited for
    }

    /// <summary>The processor time that it has used so far; false, with a message, if the kernel
    /// does not say.</summary>
    public readonly bool TryReadCpuTime(out Duration used)
    {
        long result = ChildProcess.CpuTimeNs(Pid);
        used = Duration.FromNanoseconds(result);
        return result >= 0 || LabError.Fail("clock_gettime"u8, (int)-result);
    }

    /// <summary>Waits for so long until it has ended; has it?</summary>
    public bool AwaitEnd(Duration limit)
    {
        Deadline deadline = Deadline.After(limit);
        while (!CheckEnded())
        {
            if (deadline.HasPassed()) return false;
            Clock.Sleep((int)EndCheckInterval.Milliseconds);
        }
        return true;
    }

    /// <summary>Ends it without asking, and waits until it is gone.</summary>
    public void Kill()
    {
        Signal(Tmds.Linux.LibC.SIGKILL);
        _ = AwaitEnd(KillLimit);
    }

    /// <summary>Reports how a process has ended that should not have; false.</summary>
    public readonly bool FailWithStatus()
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        if (exitStatus > SignalStatus)
            text.Append($"the server was ended by signal {exitStatus - SignalStatus}");
        else text.Append($"the server has ended with status {exitStatus}");
        return LabError.Fail(text.Written);
    }

    private bool CheckEnded()
    {
        HasEnded = HasEnded || ChildProcess.HasEnded(Pid, out exitStatus);
        return HasEnded;
    }

    /// <summary>The option that has the server end with this process, NUL-terminated.</summary>
    private static void ComposeParentOption(Span<byte> into)
    {
        TextBuilder text = new(into[..^1]);
        text.Append($"--end-with-parent={Process.Id}");
        into[text.Written.Length] = 0;
    }

    private static int StartThisProgram(byte** arguments, out int outputFd)
    {
        byte* path = ProgramImage.Path;
        if (path != null)
        {
            int pid = ChildProcess.Start(path, arguments, out outputFd);
            if (pid != -Tmds.Linux.LibC.ENOENT) return pid;
        }
        // Renamed or removed since the start.
        path = NativeText.PointerTo("/proc/self/exe"u8);
        return ChildProcess.Start(path, arguments, out outputFd);
    }
}
