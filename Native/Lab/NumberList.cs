// A few ascending numbers, written with commas between: 100,1000,10000.
using System;
using System.Runtime.CompilerServices;
using CommunityToolkit.HighPerformance;
using Epollecho.Native.Base;

namespace Epollecho.Native.Lab;

[InlineArray(NumberList.Capacity)]
internal struct NumberItems
{
    private int first;
}

internal struct NumberList
{
    public const int Capacity = 8;

    private NumberItems items;

    public int Count { get; private set; }

    public readonly int this[int index] => items[index];

    /// <summary>1 to <see cref="Capacity"/> numbers within bounds, each above the one before it;
    /// else false.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> text, int minimum, int maximum, out NumberList list)
    {
        list = default;
        foreach (ReadOnlySpan<byte> one in text.Tokenize((byte)','))
        {
            int least = list.Count == 0 ? minimum : list.items[list.Count - 1] + 1;
            if (!Quantity.TryParseInteger(one, least, maximum, out long number)) return false;
            if (list.Count == Capacity) return false;
            list.items[list.Count++] = (int)number;
        }
        return list.Count > 0;
    }
}
