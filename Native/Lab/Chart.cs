// The results of epollecho lab pollers as a chart (SVG 1.1): the server's CPU per echo against the
// number of connections, both logarithmic, a line for each way of polling.
using System;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;

namespace Epollecho.Native.Lab;

internal static unsafe class Chart
{
    /// <summary>Room for the text: about 100 bytes each for 48 points or notes, 8 and 20 labels,
    /// 6 lines.</summary>
    private const int MaxBytes = 64 * 1024;

    private const int Left = 90;
    private const int Right = 640;
    private const int Top = 60;
    private const int Bottom = 480;
    private const int LegendLeft = 680;
    private const int LegendLineHeight = 28;
    private const int DigitWidth = 10; // and a little: what a label needs beside another
    private const int NotesTop = 570;
    private const int NoteHeight = 20;

    /// <summary>Writes the chart into a file. 0, or -errno.</summary>
    public static int Write(
        int fd, ReadOnlySpan<Measurement> measurements, in PollersOptions options)
    {
        byte* memory = (byte*)NativeMemory.Alloc(MaxBytes);
        TextBuilder text = new(new Span<byte>(memory, MaxBytes));
        Append(ref text, measurements, options);
        int result = Files.WriteAll(fd, text.Written);
        NativeMemory.Free(memory);
        return result;
    }

    public static void Append(
        ref TextBuilder text, ReadOnlySpan<Measurement> measurements, in PollersOptions options)
    {
        long least = long.MaxValue;
        long most = 1;
        foreach (ref readonly Measurement measured in measurements)
        {
            if (!IsDrawn(measured)) continue;
            least = long.Min(least, measured.CpuPerEcho.Nanoseconds);
            most = long.Max(most, measured.CpuPerEcho.Nanoseconds);
        }
        least = long.Min(least, most); // nothing to draw: an empty chart
        int count = options.Connections.Count;
        LogScale across = new(
            options.Connections[0], options.Connections[count - 1], Left + 30, Right - 30);
        LogScale up = new(LogScale.RoundDown(least), LogScale.RoundUp(most), Bottom, Top);
        AppendFrame(ref text, options, CountOmitted(measurements));
        AppendAcross(ref text, across, options.Connections);
        AppendUp(ref text, up);
        for (int i = 0; i < Combination.Count; i++)
            AppendLine(ref text, new(i), measurements, across, up);
        AppendNotes(ref text, measurements);
        text.Append("</svg>\n"u8);
    }

    private static bool IsDrawn(in Measurement measured) =>
        measured.Omission == Omission.None && measured.CpuPerEcho > Duration.Zero;

    private static int CountOmitted(ReadOnlySpan<Measurement> measurements)
    {
        int count = 0;
        foreach (ref readonly Measurement measured in measurements)
            if (measured.Omission != Omission.None) count++;
        return count;
    }

    private static void AppendFrame(ref TextBuilder text, in PollersOptions options, int notes)
    {
        int height = NotesTop + (notes * NoteHeight);
        int active = int.Min(options.Active, options.Connections[options.Connections.Count - 1]);
        text.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 {height}\"");
        text.Append($" width=\"900\" height=\"{height}\" font-family=\"sans-serif\"");
        text.Append(" font-size=\"15\" fill=\"#222222\">\n"u8);
        text.Append($"<rect width=\"900\" fill=\"white\" height=\"{height}\"/>\n");
        BeginText(ref text, Left, 32, "start"u8);
        text.Append("<tspan font-size=\"19\">What an echo costs the server, "u8);
        text.Append($"{new Counted(active, "connection"u8)} active</tspan></text>\n");
        BeginText(ref text, (Left + Right) / 2, Bottom + 56, "middle"u8);
        text.Append("connections open</text>\n"u8);
        text.Append("<text transform=\"translate(26 270) rotate(-90)\" text-anchor=\"middle\">"u8);
        text.Append("CPU per echo in µs</text>\n"u8);
    }

    /// <summary>A line for each number, and the number itself where it does not run into the one
    /// before it.</summary>
    private static void AppendAcross(
        ref TextBuilder text, LogScale across, in NumberList connections)
    {
        int taken = 0; // up to this pixel
        for (int i = 0; i < connections.Count; i++)
        {
            int x = across.Pixel(connections[i]);
            AppendGrid(ref text, x, Top, x, Bottom);
            int halfWidth = LogScale.CountDigits(connections[i]) * DigitWidth / 2;
            if (x - halfWidth < taken) continue;
            taken = x + halfWidth;
            BeginText(ref text, x, Bottom + 26, "middle"u8);
            text.Append($"{connections[i]}</text>\n");
        }
    }

    private static void AppendUp(ref TextBuilder text, LogScale up)
    {
        for (long ns = up.Least; ns <= up.Most; ns = LogScale.RoundAfter(ns))
        {
            int y = up.Pixel(ns);
            AppendGrid(ref text, Left, y, Right, y);
            BeginText(ref text, Left - 10, y + 5, "end"u8);
            AppendMicroseconds(ref text, Duration.FromNanoseconds(ns));
            text.Append("</text>\n"u8);
        }
    }

    /// <summary>The line of a way of polling, its points, and its name in the legend.</summary>
    private static void AppendLine(
        ref TextBuilder text, Combination combination, ReadOnlySpan<Measurement> measurements,
        LogScale across, LogScale up)
    {
        // Of two that cost nearly the same, the wider one shows below the other.
        bool isWide = combination.Index % 2 == 0;
        int radius = isWide ? 6 : 4;
        ReadOnlySpan<byte> colour = combination.Colour;
        text.Append($"<g stroke-width=\"{(isWide ? 6 : 2)}\" stroke=\"{colour}\"");
        text.Append($" fill=\"{colour}\">\n<polyline fill=\"none\" points=\"");
        foreach (ref readonly Measurement measured in measurements)
        {
            if (measured.Combination != combination.Index || !IsDrawn(measured)) continue;
            long ns = measured.CpuPerEcho.Nanoseconds;
            text.Append($"{across.Pixel(measured.Connections)},{up.Pixel(ns)} ");
        }
        text.Append("\"/>\n"u8);
        foreach (ref readonly Measurement measured in measurements)
        {
            if (measured.Combination != combination.Index || !IsDrawn(measured)) continue;
            int x = across.Pixel(measured.Connections);
            AppendPoint(ref text, x, up.Pixel(measured.CpuPerEcho.Nanoseconds), radius);
        }
        int y = Top + 12 + (combination.Index * LegendLineHeight);
        AppendPoint(ref text, LegendLeft, y, radius);
        text.Append("</g>\n"u8);
        BeginText(ref text, LegendLeft + 16, y + 5, "start"u8);
        AppendName(ref text, combination);
        text.Append("</text>\n"u8);
    }

    /// <summary>A line below the chart for each point that is missing, with the reason.</summary>
    private static void AppendNotes(
        ref TextBuilder text, ReadOnlySpan<Measurement> measurements)
    {
        int y = NotesTop;
        foreach (ref readonly Measurement measured in measurements)
        {
            if (measured.Omission == Omission.None) continue;
            BeginText(ref text, Left, y, "start"u8);
            text.Append("<tspan font-size=\"13\">"u8);
            AppendName(ref text, new(measured.Combination));
            text.Append($", {measured.Connections} connections: ");
            text.Append($"{new OmissionText(measured.Omission)}</tspan></text>\n");
            y += NoteHeight;
        }
    }

    private static void AppendName(ref TextBuilder text, Combination combination) =>
        text.Append($"{combination.Poller}, {combination.Trigger}, {combination.Strategy}");

    private static void AppendPoint(ref TextBuilder text, int x, int y, int radius) =>
        text.Append($"<circle r=\"{radius}\" cx=\"{x}\" cy=\"{y}\"/>\n");

    private static void AppendGrid(ref TextBuilder text, int x1, int y1, int x2, int y2)
    {
        text.Append($"<line stroke=\"#dddddd\" x1=\"{x1}\" y1=\"{y1}\"");
        text.Append($" x2=\"{x2}\" y2=\"{y2}\"/>\n");
    }

    /// <summary>A text's tag, up to what it says.</summary>
    private static void BeginText(ref TextBuilder text, int x, int y, ReadOnlySpan<byte> anchor) =>
        text.Append($"<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">");

    /// <summary>A round number of nanoseconds in microseconds: "0.500", "20".</summary>
    private static void AppendMicroseconds(ref TextBuilder text, Duration round)
    {
        if (round.Microseconds > 0) text.Append(round.Microseconds);
        else text.Append(round.InMicroseconds);
    }
}
