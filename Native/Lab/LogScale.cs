// A logarithmic axis: numbers of 1 and more to pixels, and the round numbers to label it with.
using System;

namespace Epollecho.Native.Lab;

internal readonly struct LogScale(long least, long most, int start, int end)
{
    public long Least => least;

    public long Most => most;

    /// <summary>The pixel of a number between the axis's least and most; the middle if these are
    /// the same.</summary>
    public int Pixel(long number)
    {
        if (least == most) return (start + end) / 2;
        double share = Math.Log((double)number / least) / Math.Log((double)most / least);
        return start + (int)Math.Round(share * (end - start));
    }

    /// <summary>The greatest of 1, 2, 5, 10, 20, 50 … that is not above a number.</summary>
    public static long RoundDown(long number)
    {
        long round = 1;
        while (RoundAfter(round) <= number) round = RoundAfter(round);
        return round;
    }

    /// <summary>The least of 1, 2, 5, 10, 20, 50 … that is not below a number.</summary>
    public static long RoundUp(long number)
    {
        long round = RoundDown(number);
        return round >= number ? round : RoundAfter(round);
    }

    /// <summary>How many digits a number of 1 and more has.</summary>
    public static int CountDigits(long number)
    {
        int count = 0;
        for (; number > 0; number /= 10) count++;
        return count;
    }

    /// <summary>The round number that follows one: 1, 2, 5, 10, 20, 50 …</summary>
    public static long RoundAfter(long round)
    {
        long power = 1;
        while (power * 10 <= round) power *= 10;
        return (round / power) switch
        {
            1 => power * 2,
            2 => power * 5,
            _ => power * 10,
        };
    }
}
