// The end of a wait: an instant that a time limit leads to, and how long there is until then. A
// wait that is woken up early goes on until the same deadline.
namespace Epollecho.Native.Base;

internal readonly struct Deadline(Instant at)
{
    /// <summary>A wait that nothing but its event ends.</summary>
    public static Deadline Never => new(Instant.Never);

    public Instant At => at;

    public bool IsNever => at.IsNever;

    /// <summary>The deadline of a wait that begins now; <see cref="Duration.Forever"/>: never.
    /// </summary>
    public static Deadline After(Duration limit) => After(limit, Instant.Now);

    public static Deadline After(Duration limit, Instant now) => new(now + limit);

    /// <summary>The same of a limit as options have it, where zero means that there is none.
    /// </summary>
    public static Deadline AfterOptional(Duration limit, Instant now) =>
        limit.IsZero ? Never : After(limit, now);

    public static Deadline Earlier(Deadline a, Deadline b) =>
        new(Instant.Earlier(a.At, b.At));

    public bool HasPassed(Instant now) => now >= at;

    public bool HasPassed() => !IsNever && HasPassed(Instant.Now);

    /// <summary>What is left, at least zero; <see cref="Duration.Forever"/> if it never comes.
    /// </summary>
    public Duration Left(Instant now) =>
        IsNever ? Duration.Forever : Duration.Max(Duration.Zero, at - now);

    public Duration Left() => IsNever ? Duration.Forever : Left(Instant.Now);

    /// <summary>What is left as poll(2) takes it: milliseconds, rounded up, -1 for ever.</summary>
    public int TimeoutMs(Instant now) => Left(now).TimeoutMs;

    public int TimeoutMs() => Left().TimeoutMs;
}
