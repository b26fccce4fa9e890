// What one combination of poller and number of connections came to. Plain numbers; a quotient of
// nothing is 0. A minute of load (PollersOptions.MaxDuration) overflows none of them.
namespace Epollecho.Native.Lab;

internal enum Omission
{
    None, // it was measured
    OpenFiles, // the limit on open files allows fewer
    SelectLimit, // the server told so and accepted no more
    Accepting, // the server accepted no more, for another reason
    Ports, // no local port was left to connect from
}

internal struct Measurement
{
    public int Combination;
    public int Connections;
    public int Active;
    public Omission Omission;
    public long Echoes;
    public long ElapsedNs;
    public long CpuNs; // user and system time of the server
    public long Turns; // of the server's loop
    public long WaitUs; // in the wait call: its scan of the descriptors, and sleep

    public readonly long EchoesPerSecond =>
        Quotient(Echoes * 1_000_000_000, ElapsedNs);

    public readonly long CpuNsPerEcho => Quotient(CpuNs, Echoes);

    public readonly long WaitNsPerTurn => Quotient(WaitUs * 1000, Turns);

    /// <summary>The share of the time that the server spent in the wait call, in percent.
    /// </summary>
    public readonly long WaitPercent =>
        Quotient(WaitUs * 1000 * 100, ElapsedNs);

    private static long Quotient(long dividend, long divisor) =>
        divisor == 0 ? 0 : dividend / divisor;
}
