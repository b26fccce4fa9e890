// What one combination of poller and number of connections came to. Plain numbers; a quotient of
// nothing is 0. A minute of load (PollersOptions.MaxDuration) overflows none of them.
using System;
using Epollecho.Native.Base;

namespace Epollecho.Native.Lab;

internal enum Omission
{
    None, // it was measured
    OpenFiles, // the limit on open files allows fewer connections
    SelectLimit, // the server accepted no more, for select takes no higher descriptors
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
    public Duration Elapsed;
    public Duration Cpu; // user and system time of the server
    public long Turns; // of the server's loop
    public Duration Wait; // in the wait call: its scan of the descriptors, and sleep

    public readonly long EchoesPerSecond =>
        Quotient(Echoes * Duration.FromSeconds(1L).Nanoseconds, Elapsed.Nanoseconds);

    public readonly Duration CpuPerEcho =>
        Duration.FromNanoseconds(Quotient(Cpu.Nanoseconds, Echoes));

    public readonly Duration WaitPerTurn =>
        Duration.FromNanoseconds(Quotient(Wait.Nanoseconds, Turns));

    /// <summary>The share of the time that the server spent in the wait call, in percent.
    /// </summary>
    public readonly long WaitPercent => Quotient((Wait * 100).Nanoseconds, Elapsed.Nanoseconds);

    private static long Quotient(long dividend, long divisor) =>
        divisor == 0 ? 0 : dividend / divisor;
}

/// <summary>The numbers of a measurement in the order and under the names that they have in JSON
/// and CSV alike.</summary>
internal static class MeasuredNumbers
{
    public const int Count = 7;

    public static ReadOnlySpan<byte> Name(int index) => index switch
    {
        0 => "echoes"u8,
        1 => "elapsed_ns"u8,
        2 => "echoes_per_second"u8,
        3 => "cpu_ns_per_echo"u8,
        4 => "turns"u8,
        5 => "wait_ns"u8,
        _ => "wait_ns_per_turn"u8,
    };

    public static long Value(int index, in Measurement measured) => index switch
    {
        0 => measured.Echoes,
        1 => measured.Elapsed.Nanoseconds,
        2 => measured.EchoesPerSecond,
        3 => measured.CpuPerEcho.Nanoseconds,
        4 => measured.Turns,
        5 => measured.Wait.Nanoseconds,
        _ => measured.WaitPerTurn.Nanoseconds,
    };
}
