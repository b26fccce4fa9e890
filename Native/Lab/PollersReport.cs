// The results of epollecho lab pollers on stdout, row by row: as a table, JSON or CSV; and, on a
// terminal, a line on stderr that says what is being measured.
using System;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Output;
using Epollecho.Native.Server;
using Epollecho.Native.Server.Engine;

namespace Epollecho.Native.Lab;

internal struct PollersReport
{
    private PollersOptions options;
    private int rows;
    private bool showsProgress;

    public static PollersReport Create(in PollersOptions options) => new()
    {
        options = options,
        showsProgress = Files.KindOf(2) == FileKind.Terminal,
    };

    public readonly bool TryBegin()
    {
        switch (options.Format)
        {
            case ReportFormat.Json:
                return StandardOutput.TryWrite("[\n"u8);
            case ReportFormat.Csv:
                return StandardOutput.TryWrite(
                    "poller,trigger,strategy,connections,active,echoes,elapsed_us,"u8
                    + "echoes_per_second,cpu_ns_per_echo,turns,wait_us,wait_ns_per_turn,"u8
                    + "omitted\n"u8);
            default:
                return StandardOutput.TryWrite(
                    "connections  poller  trigger  strategy   echoes/s  CPU us/echo  "u8
                    + "wait us/turn  wait %\n"u8);
        }
    }

    public bool TryAdd(in Measurement measured)
    {
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        switch (options.Format)
        {
            case ReportFormat.Json:
                if (rows > 0) text.Append(",\n"u8);
                AppendJson(ref text, measured);
                break;
            case ReportFormat.Csv:
                AppendCsv(ref text, measured);
                break;
            default:
                if (rows > 0 && rows % Combination.Count == 0) text.Append("\n"u8);
                AppendRow(ref text, measured);
                break;
        }
        rows++;
        return StandardOutput.TryWrite(text.Written);
    }

    /// <summary>Ends the document, also after a failure: the rows so far are valid JSON then.
    /// </summary>
    public readonly bool TryEnd() =>
        options.Format != ReportFormat.Json || StandardOutput.TryWrite("\n]\n"u8);

    public readonly void ShowProgress(in Measurement measured, int number)
    {
        if (!showsProgress) return;
        Span<byte> buffer = stackalloc byte[LineSink.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("\r"u8);
        text.Append(number);
        text.Append(" of "u8);
        text.Append(options.Connections.Count * Combination.Count);
        text.Append(": "u8);
        Combination combination = new(measured.Combination);
        text.Append(combination.Poller);
        text.Append(" "u8);
        text.Append(combination.Trigger);
        text.Append(" "u8);
        text.Append(combination.Strategy);
        text.Append(", "u8);
        text.Append(measured.Connections);
        text.Append(" connections\x1b[K"u8);
        _ = Files.Write(2, text.Written); // no matter if nobody sees it
    }

    public readonly void EndProgress()
    {
        if (showsProgress) _ = Files.Write(2, "\r\x1b[K"u8);
    }

    private static void AppendRow(ref TextBuilder text, in Measurement measured)
    {
        Combination combination = new(measured.Combination);
        Columns.AppendRight(ref text, measured.Connections, 11);
        text.Append("  "u8);
        Columns.AppendLeft(ref text, combination.Poller, 6);
        text.Append("  "u8);
        Columns.AppendLeft(ref text, combination.Trigger, 7);
        text.Append("  "u8);
        Columns.AppendLeft(ref text, combination.Strategy, 8);
        if (measured.Omission != Omission.None)
        {
            text.Append("  "u8);
            OmissionText.Append(ref text, measured.Omission);
        }
        else
        {
            Columns.AppendRight(ref text, measured.EchoesPerSecond, 11);
            Columns.AppendThousandths(ref text, measured.CpuNsPerEcho, 13);
            Columns.AppendThousandths(ref text, measured.WaitNsPerTurn, 14);
            Columns.AppendRight(ref text, measured.WaitPercent, 8);
        }
        text.Append("\n"u8);
    }

    private static void AppendCsv(ref TextBuilder text, in Measurement measured)
    {
        Combination combination = new(measured.Combination);
        text.Append(combination.Poller);
        text.Append(","u8);
        text.Append(combination.Trigger);
        text.Append(","u8);
        text.Append(combination.Strategy);
        AppendCell(ref text, measured.Connections);
        AppendCell(ref text, measured.Active);
        if (measured.Omission == Omission.None)
        {
            AppendCell(ref text, measured.Echoes);
            AppendCell(ref text, measured.ElapsedNs / 1000);
            AppendCell(ref text, measured.EchoesPerSecond);
            AppendCell(ref text, measured.CpuNsPerEcho);
            AppendCell(ref text, measured.Turns);
            AppendCell(ref text, measured.WaitUs);
            AppendCell(ref text, measured.WaitNsPerTurn);
            text.Append(",\n"u8);
            return;
        }
        text.Append(",,,,,,,,"u8);
        OmissionText.Append(ref text, measured.Omission);
        text.Append("\n"u8);
    }

    private static void AppendCell(ref TextBuilder text, long number)
    {
        text.Append(","u8);
        text.Append(number);
    }

    private static void AppendJson(ref TextBuilder text, in Measurement measured)
    {
        Combination combination = new(measured.Combination);
        text.Append("  {\"poller\":\""u8);
        text.Append(combination.Poller);
        text.Append("\",\"trigger\":\""u8);
        text.Append(combination.Trigger);
        text.Append("\",\"strategy\":\""u8);
        text.Append(combination.Strategy);
        text.Append("\""u8);
        AppendMember(ref text, "connections"u8, measured.Connections);
        AppendMember(ref text, "active"u8, measured.Active);
        if (measured.Omission == Omission.None)
        {
            AppendMember(ref text, "echoes"u8, measured.Echoes);
            AppendMember(ref text, "elapsed_us"u8, measured.ElapsedNs / 1000);
            AppendMember(ref text, "echoes_per_second"u8, measured.EchoesPerSecond);
            AppendMember(ref text, "cpu_ns_per_echo"u8, measured.CpuNsPerEcho);
            AppendMember(ref text, "turns"u8, measured.Turns);
            AppendMember(ref text, "wait_us"u8, measured.WaitUs);
            AppendMember(ref text, "wait_ns_per_turn"u8, measured.WaitNsPerTurn);
            text.Append("}"u8);
            return;
        }
        text.Append(",\"omitted\":\""u8);
        OmissionText.Append(ref text, measured.Omission);
        text.Append("\"}"u8);
    }

    private static void AppendMember(
        ref TextBuilder text, ReadOnlySpan<byte> name, long number)
    {
        text.Append(","u8);
        text.AppendJsonNumber(name, number);
    }
}
