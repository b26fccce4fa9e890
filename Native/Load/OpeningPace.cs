// When the next connection may be opened: at the rate that was asked for, not at once after a
// failure, and no more after too many failures. Knows no socket.
using Epollecho.Native.Base;

namespace Epollecho.Native.Load;

/// <param name="isPaced">Is there a rate? Without one, the next may be opened at once.</param>
/// <param name="schedule">The times of a rate.</param>
internal struct OpeningPace(bool isPaced, Schedule schedule)
{
    /// <summary>So many failures, and no connection between them: it is given up. Each may have
    /// taken its time limit, though as many at a time.</summary>
    public const int MaxFailuresInARow = 128;

    private readonly bool isPaced = isPaced;
    private readonly Schedule schedule = schedule;
    private int failuresInARow;
    private Instant pausedUntil;

    /// <summary>Connections that were begun, whether they came about or not.</summary>
    public long Begun { get; private set; }

    public readonly bool IsGivenUp => failuresInARow >= MaxFailuresInARow;

    /// <summary>When the next one may be opened.</summary>
    public readonly Instant Next => isPaced
        ? Instant.Later(pausedUntil, schedule.TimeOf(Begun)) : pausedUntil;

    /// <summary>How long nothing is opened after a failure, so that a server that refuses is not
    /// asked a million times a second.</summary>
    private static Duration PauseAfterFailure => Duration.FromMilliseconds(10);

    public void Begin() => Begun++;

    public void Succeed() => failuresInARow = 0;

    public void Fail(Instant now)
    {
        failuresInARow++;
        pausedUntil = now + PauseAfterFailure;
    }
}
