// The results of epollecho lab pollers on stdout, row by row: as a table, JSON or CSV; and, on a
// terminal, a line on stderr that says what is being measured.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Output;

namespace Epollecho.Native.Lab;

internal struct PollersReport
{
    private const int MaxRowLength = 1024;

    private PollersOptions options;
    private JsonPosition position; // in the document, as far as it has been written
    private int rows;
    private bool showsProgress;

    public static PollersReport Create(in PollersOptions options) => new()
    {
        options = options,
        showsProgress = StandardError.IsTerminal,
    };

    public bool TryBegin()
    {
        Span<byte> buffer = stackalloc byte[MaxRowLength];
        switch (options.Format)
        {
            case ReportFormat.Json:
                Json json = new(buffer);
                json.BeginArray();
                return TryWrite(json);
            case ReportFormat.Csv:
                TextBuilder text = new(buffer);
                text.Append("poller,trigger,strategy,connections,active"u8);
                for (int i = 0; i < MeasuredNumbers.Count; i++)
                    text.Append($",{MeasuredNumbers.Name(i)}");
                text.Append(",omitted\n"u8);
                return StandardOutput.TryWrite(text.Written);
            default:
                return StandardOutput.TryWrite(
                    "connections  poller  trigger  strategy   echoes/s  CPU us/echo  "u8
                    + "wait us/turn  wait %\n"u8);
        }
    }

    public bool TryAdd(in Measurement measured)
    {
        Span<byte> buffer = stackalloc byte[MaxRowLength];
        if (options.Format == ReportFormat.Json)
        {
            Json json = new(buffer, position);
            AddJson(ref json, measured);
            return TryWrite(json);
        }
        TextBuilder text = new(buffer);
        if (options.Format == ReportFormat.Csv)
        {
            AppendCsv(ref text, measured);
        }
        else
        {
            if (rows > 0 && rows % Combination.Count == 0) text.Append("\n"u8);
            AppendRow(ref text, measured);
        }
        rows++;
        return StandardOutput.TryWrite(text.Written);
    }

    /// <summary>Ends the document, also after a failure: the rows so far are valid JSON then.
    /// </summary>
    public readonly bool TryEnd()
    {
        if (options.Format != ReportFormat.Json) return true;
        Span<byte> buffer = stackalloc byte[MaxRowLength];
        Json json = new(buffer, position);
        json.EndArray();
        return StandardOutput.TryWrite(json.Document);
    }

    public readonly void ShowProgress(in Measurement measured, int number)
    {
        if (!showsProgress) return;
        Combination combination = new(measured.Combination);
        Span<byte> buffer = stackalloc byte[MaxRowLength];
        TextBuilder text = new(buffer);
        text.Append($"{number} of {options.Connections.Count * Combination.Count}: ");
        text.Append($"{combination.Poller} {combination.Trigger} {combination.Strategy}, ");
        text.Append($"{measured.Connections} connections");
        StandardError.ShowProgress(text.Written);
    }

    public readonly void EndProgress()
    {
        if (showsProgress) StandardError.ClearLine();
    }

    private bool TryWrite(scoped Json json)
    {
        position = json.Position;
        return StandardOutput.TryWrite(json.Written);
    }

    private static void AppendRow(ref TextBuilder text, in Measurement measured)
    {
        Combination combination = new(measured.Combination);
        text.Append($"{measured.Connections,11}  {combination.Poller,-6}  ");
        text.Append($"{combination.Trigger,-7}  {combination.Strategy,-8}");
        if (measured.Omission != Omission.None)
        {
            text.Append($"  {new OmissionText(measured.Omission)}\n");
            return;
        }
        text.Append($"{measured.EchoesPerSecond,11}{measured.CpuPerEcho.InMicroseconds,13}");
        text.Append($"{measured.WaitPerTurn.InMicroseconds,14}{measured.WaitPercent,8}\n");
    }

    private static void AppendCsv(ref TextBuilder text, in Measurement measured)
    {
        Combination combination = new(measured.Combination);
        bool isMeasured = measured.Omission == Omission.None;
        text.Append($"{combination.Poller},{combination.Trigger},{combination.Strategy}");
        text.Append($",{measured.Connections},{measured.Active}");
        for (int i = 0; i < MeasuredNumbers.Count; i++)
        {
            text.Append(","u8);
            if (isMeasured) text.Append(MeasuredNumbers.Value(i, measured));
        }
        text.Append(","u8);
        if (!isMeasured) text.Append(new OmissionText(measured.Omission));
        text.Append("\n"u8);
    }

    private static void AddJson(ref Json json, in Measurement measured)
    {
        Combination combination = new(measured.Combination);
        bool isMeasured = measured.Omission == Omission.None;
        json.BeginObject();
        json.Member("poller"u8, combination.Poller);
        json.Member("trigger"u8, combination.Trigger);
        json.Member("strategy"u8, combination.Strategy);
        json.Member("connections"u8, measured.Connections);
        json.Member("active"u8, measured.Active);
        for (int i = 0; i < MeasuredNumbers.Count; i++)
        {
            ReadOnlySpan<byte> name = MeasuredNumbers.Name(i);
            if (isMeasured) json.Member(name, MeasuredNumbers.Value(i, measured));
            else json.Null(name);
        }
        if (isMeasured) json.Null("omitted"u8);
        else AddOmission(ref json, measured.Omission);
        json.EndObject();
    }

    private static void AddOmission(ref Json json, Omission omission)
    {
        Span<byte> buffer = stackalloc byte[MaxRowLength];
        TextBuilder reason = new(buffer);
        reason.Append(new OmissionText(omission));
        json.Member("omitted"u8, reason.Written);
    }
}
