// The times of one phase of a load: it begins, is measured after the warm-up, and ends. What was
// sent before the end may come back later.
using Epollecho.Native.Base;

namespace Epollecho.Native.Load;

internal struct Phase(Instant start, Duration warmUp, Duration duration)
{
    /// <summary>Before any phase has begun.</summary>
    public static Phase NotBegun => new(Instant.Never, Duration.Zero, Duration.Zero);

    public readonly bool HasBegun => !Start.IsNever;

    public Instant Start { get; } = start;

    public Instant MeasureStart { get; } = start + warmUp;

    public Instant MeasureEnd { get; private set; } = start + warmUp + duration;

    public readonly Duration Measured =>
        Duration.Max(Duration.Zero, MeasureEnd - MeasureStart);

    /// <summary>Is this time one that is measured?</summary>
    public readonly bool Measures(Instant time) => time >= MeasureStart && time < MeasureEnd;

    /// <summary>Ends it now, if it has not ended before.</summary>
    public void EndAt(Instant now) => MeasureEnd = Instant.Earlier(MeasureEnd, now);
}
