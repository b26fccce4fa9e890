// An event mask of epoll's in words: "0x2005 EPOLLIN|EPOLLOUT|EPOLLRDHUP" (epoll_ctl(2)).
using System;

namespace Epollecho.Native.Output;

internal static class EventMask
{
    private const int NamedCount = 8;

    public static void Append(ref TextBuilder text, uint mask)
    {
        AppendHexadecimal(ref text, mask);
        bool first = true;
        for (int i = 0; i < NamedCount; i++)
        {
            uint bit = Bit(i);
            if ((mask & bit) == 0) continue;
            text.Append(first ? " "u8 : "|"u8);
            text.Append(Name(i));
            first = false;
        }
    }

    private static void AppendHexadecimal(ref TextBuilder text, uint number)
    {
        text.Append("0x"u8);
        int shift = 28;
        while (shift > 0 && number >> shift == 0) shift -= 4;
        for (; shift >= 0; shift -= 4)
            text.Append("0123456789abcdef"u8.Slice((int)(number >> shift) & 15, 1));
    }

    private static uint Bit(int index) => index switch
    {
        0 => 0x1,
        1 => 0x2,
        2 => 0x4,
        3 => 0x8,
        4 => 0x10,
        5 => 0x2000,
        6 => 1u << 30,
        _ => 1u << 31,
    };

    private static ReadOnlySpan<byte> Name(int index) => index switch
    {
        0 => "EPOLLIN"u8,
        1 => "EPOLLPRI"u8,
        2 => "EPOLLOUT"u8,
        3 => "EPOLLERR"u8,
        4 => "EPOLLHUP"u8,
        5 => "EPOLLRDHUP"u8,
        6 => "EPOLLONESHOT"u8,
        _ => "EPOLLET"u8,
    };
}
