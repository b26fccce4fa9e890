// A point in time on the monotonic clock (clock_gettime(2), CLOCK_MONOTONIC): it never goes back,
// and means nothing outside this machine's uptime.
using System;
using Epollecho.Interop;

namespace Epollecho.Native.Base;

internal readonly struct Instant : IEquatable<Instant>, IComparable<Instant>
{
    private readonly long ns;

    private Instant(long ns) => this.ns = ns;

    /// <summary>Reads the clock.</summary>
    public static Instant Now => new(Clock.MonotonicNs());

    /// <summary>Before everything: the default.</summary>
    public static Instant Start => default;

    /// <summary>After everything: of what has not been decided yet, or will not come.</summary>
    public static Instant Never => new(long.MaxValue);

    public bool IsNever => ns == long.MaxValue;

    /// <summary>Nanoseconds since the clock's unspecified start.</summary>
    public long Nanoseconds => ns;

    public static Instant FromNanoseconds(long ns) => new(ns);

    public static Instant Earlier(Instant a, Instant b) => a < b ? a : b;

    public static Instant Later(Instant a, Instant b) => a > b ? a : b;

    /// <summary>Saturates: what is too far away is <see cref="Never"/>.</summary>
    public static Instant operator +(Instant a, Duration b) =>
        b.Nanoseconds > long.MaxValue - a.ns ? Never : new(a.ns + b.Nanoseconds);

    public static Instant operator -(Instant a, Duration b) => new(a.ns - b.Nanoseconds);

    public static Duration operator -(Instant a, Instant b) =>
        a.IsNever ? Duration.Forever : Duration.FromNanoseconds(a.ns - b.ns);

    public static bool operator <(Instant a, Instant b) => a.ns < b.ns;

    public static bool operator >(Instant a, Instant b) => a.ns > b.ns;

    public static bool operator <=(Instant a, Instant b) => a.ns <= b.ns;

    public static bool operator >=(Instant a, Instant b) => a.ns >= b.ns;

    public static bool operator ==(Instant a, Instant b) => a.ns == b.ns;

    public static bool operator !=(Instant a, Instant b) => a.ns != b.ns;

    public bool Equals(Instant other) => ns == other.ns;

    public int CompareTo(Instant other) => ns.CompareTo(other.ns);

    public override bool Equals(object? obj) => obj is Instant other && Equals(other);

    public override int GetHashCode() => ns.GetHashCode();
}
