// The ways of polling that are compared, by index: the server's options and the colour of each.
using System;

namespace Epollecho.Native.Lab;

internal readonly struct Combination(int index)
{
    public const int Count = 6;

    public int Index => index;

    public ReadOnlySpan<byte> Poller => index switch
    {
        0 => "select"u8,
        1 => "poll"u8,
        _ => "epoll"u8,
    };

    public ReadOnlySpan<byte> Trigger => index is 3 or 5 ? "edge"u8 : "level"u8;

    public ReadOnlySpan<byte> Strategy => index >= 4 ? "rearm"u8 : "eager"u8;

    /// <summary>A colour that people with any kind of colour vision can tell from the others
    /// (Okabe and Ito's palette).</summary>
    public ReadOnlySpan<byte> Colour => index switch
    {
        0 => "#d55e00"u8,
        1 => "#e69f00"u8,
        2 => "#0072b2"u8,
        3 => "#56b4e9"u8,
        4 => "#009e73"u8,
        _ => "#cc79a7"u8,
    };
}
