// A span of time in whole nanoseconds. One type instead of a suffix and a constant at each use.
using System;

namespace Epollecho.Native.Base;

internal readonly struct Duration : IEquatable<Duration>, IComparable<Duration>
{
    private const long PerMicrosecond = 1000;
    private const long PerMillisecond = 1_000_000;
    private const long PerSecond = 1_000_000_000;

    private readonly long ns;

    private Duration(long ns) => this.ns = ns;

    public static Duration Zero => default;

    /// <summary>Longer than anything that is measured, 292 years: where there is no limit.
    /// </summary>
    public static Duration Forever => new(long.MaxValue);

    public bool IsForever => ns == long.MaxValue;

    public bool IsZero => ns == 0;

    public long Nanoseconds => ns;

    /// <summary>Whole microseconds, rounded towards zero.</summary>
    public long Microseconds => ns / PerMicrosecond;

    /// <summary>Whole milliseconds, rounded towards zero.</summary>
    public long Milliseconds => ns / PerMillisecond;

    /// <summary>Whole milliseconds, rounded up: a wait of so many does not end too early.
    /// </summary>
    public long MillisecondsRoundedUp => (ns / PerMillisecond) + (ns % PerMillisecond > 0 ? 1 : 0);

    /// <summary>As poll(2) takes it: milliseconds, rounded up, -1 for ever.</summary>
    public int TimeoutMs => IsForever ? -1 : (int)long.Min(int.MaxValue, MillisecondsRoundedUp);

    /// <summary>Whole seconds, rounded towards zero.</summary>
    public long WholeSeconds => ns / PerSecond;

    public double Seconds => ns / (double)PerSecond;

    /// <summary>What is left of it behind the whole seconds, in nanoseconds.</summary>
    public long NanosecondsOfSecond => ns % PerSecond;

    /// <summary>As text: seconds with three decimals, "1.250".</summary>
    public FixedPoint InSeconds => new(Milliseconds, 3);

    /// <summary>As text: milliseconds with three decimals, "0.084".</summary>
    public FixedPoint InMilliseconds => new(Microseconds, 3);

    /// <summary>As text: microseconds with three decimals, "84.113".</summary>
    public FixedPoint InMicroseconds => new(ns, 3);

    /// <summary>As text: seconds with six decimals, "1.250000".</summary>
    public FixedPoint InSecondsToMicroseconds => new(Microseconds, 6);

    public static Duration FromNanoseconds(long ns) => new(ns);

    public static Duration FromMicroseconds(long us) => new(us * PerMicrosecond);

    public static Duration FromMilliseconds(long ms) => new(ms * PerMillisecond);

    public static Duration FromSeconds(long seconds) => new(seconds * PerSecond);

    public static Duration FromSeconds(double seconds) => new((long)(seconds * PerSecond));

    public static Duration Min(Duration a, Duration b) => a < b ? a : b;

    public static Duration Max(Duration a, Duration b) => a > b ? a : b;

    public static Duration operator +(Duration a, Duration b) => new(a.ns + b.ns);

    public static Duration operator -(Duration a, Duration b) => new(a.ns - b.ns);

    public static Duration operator *(Duration a, long times) => new(a.ns * times);

    public static Duration operator /(Duration a, long parts) => new(a.ns / parts);

    /// <summary>How often one goes into the other.</summary>
    public static double operator /(Duration a, Duration b) => (double)a.ns / b.ns;

    public static bool operator <(Duration a, Duration b) => a.ns < b.ns;

    public static bool operator >(Duration a, Duration b) => a.ns > b.ns;

    public static bool operator <=(Duration a, Duration b) => a.ns <= b.ns;

    public static bool operator >=(Duration a, Duration b) => a.ns >= b.ns;

    public static bool operator ==(Duration a, Duration b) => a.ns == b.ns;

    public static bool operator !=(Duration a, Duration b) => a.ns != b.ns;

    public bool Equals(Duration other) => ns == other.ns;

    public int CompareTo(Duration other) => ns.CompareTo(other.ns);

    public override bool Equals(object? obj) => obj is Duration other && Equals(other);

    public override int GetHashCode() => ns.GetHashCode();
}
