// A child process: started with its output in a pipe, signalled, waited for (posix_spawn(3),
// kill(2), waitpid(2)).
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class ChildProcess
{
    internal const int WNOHANG = 1;

    // Room for a posix_spawn_file_actions_t and a posix_spawnattr_t, whose sizes are the C
    // library's own affair: glibc's have 80 and 336 bytes.
    internal const int FileActionsBytes = 256;
    internal const int AttributesBytes = 512;

    internal const short POSIX_SPAWN_SETPGROUP = 2;

    /// <summary>Starts a program with an empty environment in a process group of its own, so that
    /// Ctrl-C in a terminal does not reach it; its stdout and stderr are a pipe whose
    /// non-blocking other end is <paramref name="outputFd"/>. <paramref name="words"/> ends with a
    /// null. The process's pid, or -errno (ENOENT: no such file).</summary>
    public static int Start(byte* path, byte** words, out int outputFd)
    {
        outputFd = -1;
        int* pipe = stackalloc int[2];
        int result = Errno.Result(LibC.pipe2(pipe, LibC.O_CLOEXEC));
        if (result < 0) return result;
        byte* actions = stackalloc byte[FileActionsBytes];
        byte* attributes = stackalloc byte[AttributesBytes];
        byte* environment = null;
        int pid = 0;
        _ = posix_spawnattr_init(attributes); // as those below: group 0, which is its own
        _ = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP);
        _ = posix_spawn_file_actions_init(actions); // these only write into the bytes above
        _ = posix_spawn_file_actions_adddup2(actions, pipe[1], 1);
        int error = posix_spawn_file_actions_adddup2(actions, pipe[1], 2);
        if (error == 0)
            error = posix_spawn(&pid, path, actions, attributes, words, &environment);
        _ = posix_spawn_file_actions_destroy(actions);
        Files.Close(pipe[1]);
        if (error != 0)
        {
            Files.Close(pipe[0]);
            return -error;
        }
        _ = LibC.fcntl(pipe[0], LibC.F_SETFL, LibC.O_NONBLOCK); // fails for bad arguments only
        outputFd = pipe[0];
        return pid;
    }

    /// <summary>Sends a signal. 0, or -errno (ESRCH: it has been waited for).</summary>
    public static int Signal(int pid, int signal) =>
        Errno.Result(LibC.kill((pid_t)pid, signal));

    /// <summary>Has it ended? Then its exit status is given, or 128 and the signal that ended
    /// it, and the process is no more.</summary>
    public static bool HasEnded(int pid, out int exitStatus)
    {
        int status;
        bool ended = waitpid(pid, &status, WNOHANG) == pid;
        int signal = status & 0x7F; // WTERMSIG, wait(2)
        exitStatus = signal == 0 ? (status >> 8) & 0xFF : 128 + signal;
        return ended;
    }

    /// <summary>The user and system time that a process has used, all its threads', in
    /// nanoseconds; -errno on failure. Works without /proc (clock_getcpuclockid(3)).</summary>
    public static long CpuTimeNs(int pid)
    {
        int clock;
        int error = clock_getcpuclockid(pid, &clock);
        return error != 0 ? -error : Clock.ReadNs(clock);
    }

    [LibraryImport("libc")]
    private static partial int posix_spawn(
        int* pid, byte* path, void* actions, void* attributes, byte** words,
        byte** environment);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(void* actions, int fd, int asFd);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(void* actions);

    [LibraryImport("libc")]
    private static partial int waitpid(int pid, int* status, int options);

    [LibraryImport("libc")]
    private static partial int clock_getcpuclockid(int pid, int* clock);
}
