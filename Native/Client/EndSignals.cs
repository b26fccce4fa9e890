// The signals that end a client which reports what has come about until then.
using Epollecho.Interop;
using Tmds.Linux;

namespace Epollecho.Native.Client;

internal static class EndSignals
{
    /// <summary>A descriptor that is readable once one has come, or -errno. SIGHUP is not among
    /// them where nohup(1) has it ignored.</summary>
    public static int Open() => Signals.IsIgnored(LibC.SIGHUP)
        ? Signals.Open([LibC.SIGINT, LibC.SIGTERM])
        : Signals.Open([LibC.SIGINT, LibC.SIGTERM, LibC.SIGHUP]);
}
