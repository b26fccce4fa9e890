// The line on a terminal that tells each second what a load does. It is overwritten in place.
using System;
using System.Threading;
using Epollecho.Native.Base;
using Epollecho.Native.Output;

namespace Epollecho.Native.Load;

internal unsafe struct ProgressLine
{
    private const int BytesPerKilobyte = 1000;

    private Instant next;
    private bool hasBegun;
    private long messagesBefore;
    private long bytesBefore;

    public bool IsShown { get; init; }

    /// <summary>The results of each worker so far.</summary>
    public Tally* Tallies { get; init; }

    public int Workers { get; init; }

    private static Duration Period => Duration.FromSeconds(1);

    /// <summary>Shows what all workers did since the last time, if it is time.</summary>
    public void Update(Instant now, bool isWarmUp)
    {
        if (!IsShown || now < next) return;
        next = now + Period;
        long messages = 0;
        long bytes = 0;
        long opened = 0;
        for (int i = 0; i < Workers; i++)
        {
            messages += Volatile.Read(ref Tallies[i].Received);
            bytes += Volatile.Read(ref Tallies[i].BytesReceived);
            opened += Volatile.Read(ref Tallies[i].Opened);
        }
        if (hasBegun) Show(opened, messages - messagesBefore, bytes - bytesBefore, isWarmUp);
        hasBegun = true;
        messagesBefore = messages;
        bytesBefore = bytes;
    }

    public readonly void Remove()
    {
        if (IsShown) StandardError.ClearLine();
    }

    private static void Show(long opened, long messages, long bytes, bool isWarmUp)
    {
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        FixedPoint megabytes = new(bytes / BytesPerKilobyte, 3);
        text.Append($"{opened} connections opened, {messages} messages/s, {megabytes} MB/s");
        if (isWarmUp) text.Append(" (warming up)"u8);
        StandardError.ShowProgress(text.Written);
    }
}
