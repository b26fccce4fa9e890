// The client at a terminal: a prompt, and after each reply the round trip. Replies are data and go
// to stdout; all that is said here goes to stderr.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Output;

namespace Epollecho.Native.Client;

internal struct Dialogue
{
    private const int StandardInput = 0;
    private const int StandardError = 2;
    private const int NsPerUs = 1000;

    private bool isPrompting; // nothing has been said since
    private long startNs; // of the round trip under way
    private long returnedBefore; // bytes
    private long count; // of round trips that are done
    private long totalNs;
    private long shortestNs;
    private long longestNs;

    public static Dialogue Open() => new()
    {
        IsOn = Files.KindOf(StandardInput) == FileKind.Terminal,
        shortestNs = long.MaxValue,
    };

    /// <summary>Is standard input a terminal?</summary>
    public bool IsOn { get; private set; }

    /// <summary>Is the reply to the last line still to come?</summary>
    public bool IsWaiting { get; private set; }

    private static ReadOnlySpan<byte> PromptText => "> "u8;

    public void Begin()
    {
        isPrompting = IsOn;
        if (IsOn) Say(PromptText);
    }

    /// <summary>A line has been typed and is about to be sent.</summary>
    public void HasRead()
    {
        if (!IsOn) return;
        startNs = Clock.MonotonicNs();
        IsWaiting = true;
        isPrompting = false;
    }

    /// <summary>As many bytes have come back as were sent.</summary>
    public void HasReturned(long bytesReturned, bool endsLine, bool goesOn)
    {
        if (!IsWaiting) return;
        IsWaiting = false;
        long elapsedNs = Clock.MonotonicNs() - startNs;
        count++;
        totalNs += elapsedNs;
        shortestNs = long.Min(shortestNs, elapsedNs);
        longestNs = long.Max(longestNs, elapsedNs);
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        if (!endsLine) text.Append("\n"u8);
        AppendBytes(ref text, bytesReturned - returnedBefore);
        text.Append(" back in "u8);
        text.AppendThousandths(elapsedNs / NsPerUs);
        text.Append(" ms\n"u8);
        returnedBefore = bytesReturned;
        isPrompting = goesOn;
        if (goesOn) text.Append(PromptText);
        Say(text.Written);
    }

    /// <summary>Input or the connection has ended, and with it the prompt's line.</summary>
    public readonly void End()
    {
        if (!IsOn) return;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        if (isPrompting) text.Append("\n"u8);
        text.Append(count);
        text.Append(count == 1 ? " round trip"u8 : " round trips"u8);
        if (count > 0)
        {
            text.Append(", min/avg/max = "u8);
            text.AppendThousandths(shortestNs / NsPerUs);
            text.Append("/"u8);
            text.AppendThousandths(totalNs / count / NsPerUs);
            text.Append("/"u8);
            text.AppendThousandths(longestNs / NsPerUs);
            text.Append(" ms"u8);
        }
        text.Append("\n"u8);
        Say(text.Written);
    }

    /// <summary>Appends "1 byte" or "2 bytes".</summary>
    public static void AppendBytes(ref TextBuilder text, long count)
    {
        text.Append(count);
        text.Append(count == 1 ? " byte"u8 : " bytes"u8);
    }

    // Nobody to tell if stderr is closed.
    private static void Say(scoped ReadOnlySpan<byte> text) => _ = Files.Write(StandardError, text);
}
