// The client at a terminal: a prompt, and after each reply the round trip. Replies are data and go
// to stdout; what is written here goes to stderr.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Output;

namespace Epollecho.Native.Client;

internal struct Dialogue
{
    private const int StandardInput = 0;

    private bool isAtPrompt; // nothing has been written behind it
    private Instant start; // of the round trip under way
    private long returnedBefore; // bytes
    private long count; // of round trips that are done
    private Duration total;
    private Duration shortest;
    private Duration longest;

    public static Dialogue Open() => new()
    {
        IsOn = Files.KindOf(StandardInput) == FileKind.Terminal,
        shortest = Duration.Forever,
    };

    /// <summary>Is standard input a terminal?</summary>
    public bool IsOn { get; private set; }

    /// <summary>Is the reply to the last line still to come?</summary>
    public bool IsWaiting { get; private set; }

    private static ReadOnlySpan<byte> Prompt => "> "u8;

    public void Begin()
    {
        isAtPrompt = IsOn;
        if (IsOn) StandardError.Write(Prompt);
    }

    /// <summary>A line has been typed and is about to be sent.</summary>
    public void OnRead()
    {
        if (!IsOn) return;
        start = Instant.Now;
        IsWaiting = true;
        isAtPrompt = false;
    }

    /// <summary>As many bytes have come back as were sent.</summary>
    public void OnReturned(long bytesReturned, bool endsLine, bool goesOn)
    {
        if (!IsWaiting) return;
        IsWaiting = false;
        Duration elapsed = Instant.Now - start;
        count++;
        total += elapsed;
        shortest = Duration.Min(shortest, elapsed);
        longest = Duration.Max(longest, elapsed);
        Counted bytes = new(bytesReturned - returnedBefore, "byte"u8);
        returnedBefore = bytesReturned;
        isAtPrompt = goesOn;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        if (!endsLine) text.Append("\n"u8);
        text.Append($"{bytes} back in {elapsed.InMilliseconds} ms\n");
        if (goesOn) text.Append(Prompt);
        StandardError.Write(text.Written);
    }

    /// <summary>Input or the connection has ended, and with it the prompt's line.</summary>
    public readonly void End()
    {
        if (!IsOn) return;
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        if (isAtPrompt) text.Append("\n"u8);
        text.Append(new Counted(count, "round trip"u8));
        if (count > 0)
        {
            text.Append($", min/avg/max = {shortest.InMilliseconds}/");
            text.Append($"{(total / count).InMilliseconds}/{longest.InMilliseconds} ms");
        }
        text.Append("\n"u8);
        StandardError.Write(text.Written);
    }
}
