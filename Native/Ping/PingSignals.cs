// The signals that ping takes: those that end it, and SIGQUIT (Ctrl-\), which asks how it stands,
// as with ping(8). Owns their descriptors.
using Epollecho.Interop;
using Epollecho.Native.Output;
using Tmds.Linux;

namespace Epollecho.Native.Ping;

internal struct PingSignals
{
    private int askFd;

    /// <summary>Readable once a signal to end has come.</summary>
    public int EndFd { get; private set; }

    /// <summary>Blocks them; false, with a message, if that cannot be. Not before names are
    /// resolved: a resolver that waits can then be ended by Ctrl-C.</summary>
    public static bool TryOpen(out PingSignals signals)
    {
        signals = new()
        {
            askFd = Signals.Open([LibC.SIGQUIT]),
            EndFd = Signals.Open([LibC.SIGINT, LibC.SIGTERM, LibC.SIGHUP]),
        };
        int error = int.Min(signals.askFd, signals.EndFd);
        if (error < 0) Log.WriteError("cannot create a signalfd"u8, -error);
        return error >= 0;
    }

    /// <summary>Waits for a signal, up to <paramref name="timeoutMs"/>. 1 when SIGQUIT has come,
    /// which is thereby answered; 0 when the time is over; or -errno: EINTR for a signal to end.
    /// </summary>
    public readonly int Await(int timeoutMs)
    {
        int result = Poll.AwaitOne(askFd, LibC.POLLIN, timeoutMs, EndFd);
        if (result > 0) _ = Signals.Read(askFd); // there is only one that it may be
        return result;
    }
}
