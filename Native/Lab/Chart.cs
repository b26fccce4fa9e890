// The results of epollecho lab pollers as a chart (SVG 1.1): the server's CPU per echo against the
// number of connections, both logarithmic, a line for each way of polling.
using System;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Server;
using Epollecho.Native.Server.Engine;

namespace Epollecho.Native.Lab;

internal static unsafe class Chart
{
    /// <summary>Room for the text: about 100 bytes each for 48 points or notes, 8 and 20 labels,
    /// 6 lines.
    /// </summary>
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
            least = long.Min(least, measured.CpuNsPerEcho);
            most = long.Max(most, measured.CpuNsPerEcho);
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
        measured.Omission == Omission.None && measured.CpuNsPerEcho > 0;

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
        text.Append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 "u8);
        text.Append(height);
        text.Append("\" width=\"900\""u8);
        AppendAttribute(ref text, "height"u8, height);
        text.Append(" font-family=\"sans-serif\" font-size=\"15\" fill=\"#222222\">\n"u8);
        text.Append("<rect width=\"900\" fill=\"white\""u8);
        AppendAttribute(ref text, "height"u8, height);
        text.Append("/>\n"u8);
        AppendText(ref text, Left, 32, "start"u8);
        text.Append("<tspan font-size=\"19\">What an echo costs the server, "u8);
        int active = int.Min(options.Active, options.Connections[options.Connections.Count - 1]);
        text.Append(active);
        text.Append(active == 1 ? " connection"u8 : " connections"u8);
        text.Append(" active</tspan></text>\n"u8);
        AppendText(ref text, (Left + Right) / 2, Bottom + 56, "middle"u8);
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
            AppendText(ref text, x, Bottom + 26, "middle"u8);
            text.Append(connections[i]);
            text.Append("</text>\n"u8);
        }
    }

    private static void AppendUp(ref TextBuilder text, LogScale up)
    {
        for (long ns = up.Least; ns <= up.Most; ns = LogScale.RoundAfter(ns))
        {
            int y = up.Pixel(ns);
            AppendGrid(ref text, Left, y, Right, y);
            AppendText(ref text, Left - 10, y + 5, "end"u8);
            AppendMicroseconds(ref text, ns);
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
        text.Append("<g"u8);
        AppendAttribute(ref text, "stroke-width"u8, isWide ? 6 : 2);
        text.Append(" stroke=\""u8);
        text.Append(combination.Colour);
        text.Append("\" fill=\""u8);
        text.Append(combination.Colour);
        text.Append("\">\n<polyline fill=\"none\" points=\""u8);
        foreach (ref readonly Measurement measured in measurements)
        {
            if (measured.Combination != combination.Index || !IsDrawn(measured)) continue;
            text.Append(across.Pixel(measured.Connections));
            text.Append(","u8);
            text.Append(up.Pixel(measured.CpuNsPerEcho));
            text.Append(" "u8);
        }
        text.Append("\"/>\n"u8);
        foreach (ref readonly Measurement measured in measurements)
        {
            if (measured.Combination != combination.Index || !IsDrawn(measured)) continue;
            int x = across.Pixel(measured.Connections);
            AppendPoint(ref text, x, up.Pixel(measured.CpuNsPerEcho), radius);
        }
        int y = Top + 12 + (combination.Index * LegendLineHeight);
        AppendPoint(ref text, LegendLeft, y, radius);
        text.Append("</g>\n"u8);
        AppendText(ref text, LegendLeft + 16, y + 5, "start"u8);
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
            AppendText(ref text, Left, y, "start"u8);
            text.Append("<tspan font-size=\"13\">"u8);
            AppendName(ref text, new(measured.Combination));
            text.Append(", "u8);
            text.Append(measured.Connections);
            text.Append(" connections: "u8);
            OmissionText.Append(ref text, measured.Omission);
            text.Append("</tspan></text>\n"u8);
            y += NoteHeight;
        }
    }

    private static void AppendName(ref TextBuilder text, Combination combination)
    {
        text.Append(combination.Poller);
        text.Append(", "u8);
        text.Append(combination.Trigger);
        text.Append(", "u8);
        text.Append(combination.Strategy);
    }

    private static void AppendPoint(ref TextBuilder text, int x, int y, int radius)
    {
        text.Append("<circle"u8);
        AppendAttribute(ref text, "r"u8, radius);
        AppendAttribute(ref text, "cx"u8, x);
        AppendAttribute(ref text, "cy"u8, y);
        text.Append("/>\n"u8);
    }

    private static void AppendGrid(ref TextBuilder text, int x1, int y1, int x2, int y2)
    {
        text.Append("<line stroke=\"#dddddd\""u8);
        AppendAttribute(ref text, "x1"u8, x1);
        AppendAttribute(ref text, "y1"u8, y1);
        AppendAttribute(ref text, "x2"u8, x2);
        AppendAttribute(ref text, "y2"u8, y2);
        text.Append("/>\n"u8);
    }

    private static void AppendText(ref TextBuilder text, int x, int y, ReadOnlySpan<byte> anchor)
    {
        text.Append("<text"u8);
        AppendAttribute(ref text, "x"u8, x);
        AppendAttribute(ref text, "y"u8, y);
        text.Append(" text-anchor=\""u8);
        text.Append(anchor);
        text.Append("\">"u8);
    }

    private static void AppendAttribute(ref TextBuilder text, ReadOnlySpan<byte> name, int number)
    {
        text.Append(" "u8);
        text.Append(name);
        text.Append("=\""u8);
        text.Append(number);
        text.Append("\""u8);
    }

    /// <summary>A round number of nanoseconds in microseconds: "0.5", "20".</summary>
    private static void AppendMicroseconds(ref TextBuilder text, long ns)
    {
        if (ns >= 1000) text.Append(ns / 1000);
        else text.AppendThousandths(ns);
    }
}
