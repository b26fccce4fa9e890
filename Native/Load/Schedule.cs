// When things are to happen that come at a steady rate, where several workers share them: number 0
// is the first worker's, number 1 the second's, and so on in turn, all evenly spaced. Each worker
// numbers its own. Arithmetic only.
using Epollecho.Native.Base;

namespace Epollecho.Native.Load;

/// <param name="start">When the first worker's first is due.</param>
/// <param name="rate">How many a second all workers do together, from 1.</param>
/// <param name="workers">How many workers there are.</param>
/// <param name="worker">Which of them this is, from 0.</param>
internal readonly struct Schedule(Instant start, int rate, int workers, int worker)
{
    private const double NanosecondsPerSecond = 1e9;

    /// <summary>What one of the workers has to do of a total.</summary>
    public static long ShareOf(long total, int workers, int worker) =>
        (total / workers) + (worker < total % workers ? 1 : 0);

    /// <summary>When this worker's number <paramref name="serial"/> is due.</summary>
    public Instant TimeOf(long serial) => start + Duration.FromNanoseconds((long)(
        ((serial * (double)workers) + worker) * NanosecondsPerSecond / rate));

    /// <summary>How many of this worker's are due before <paramref name="end"/>, counted from
    /// <paramref name="first"/> on, at most <paramref name="most"/>.</summary>
    public long CountDue(long first, Instant end, long most)
    {
        double left = (end - TimeOf(first)).Nanoseconds;
        double perNanosecond = (double)rate / workers / NanosecondsPerSecond;
        long count = long.Clamp((long)(left * perNanosecond), 0, most);
        // Times are whole nanoseconds: it may be one more or less.
        while (count > 0 && TimeOf(first + count - 1) >= end) count--;
        while (count < most && TimeOf(first + count) < end) count++;
        return count;
    }
}
