// One option: what it is called, what it may be, and where its value goes. The text of what is
// allowed, the default and the name of its variable follow from that.
using System;
using Epollecho.Native.Base;

namespace Epollecho.Native.Options;

/// <summary>Where an option's value came from. What comes later wins.</summary>
internal enum Origin
{
    Default,
    Environment,
    CommandLine,
}

/// <summary>A value as a function for an option of its own kind gets it.</summary>
internal readonly ref struct OptionValue
{
    /// <summary>Empty for an option that was given without an argument.</summary>
    public required ReadOnlySpan<byte> Text { get; init; }

    public required Origin Origin { get; init; }

    /// <summary>Is it the first from there for this field? If not, an option that may be repeated
    /// adds to what the field has; else it takes the place of that.</summary>
    public required bool IsFirst { get; init; }

    public bool IsFromEnvironment => Origin == Origin.Environment;
}

internal enum OptionKind
{
    Number,
    Port,
    Size, // bytes
    Time,
    Microseconds, // a time, too, as a plain number
    Choice, // one of several names
    Switch, // yes or no, without an argument
    Selection, // likewise, for one of several values of the field
    File,
    Custom, // what a function takes
}

internal unsafe struct Option
{
    public const int MaxNameLength = 64;

    private const char NameSeparator = '|';
    private const int MaxPort = 65535;

    public OptionKind Kind;
    public Origin Origin;

    /// <summary>The letter of the short name, or a number that is no letter.</summary>
    public int Key;

    public byte* Name; // the long one
    public byte* ArgumentName; // null: it takes none
    public bool ArgumentIsOptional;
    public byte* Help;
    public void* Field;
    public int FieldBytes; // of what is a number to the machine: bool, int or enum, long
    public long Minimum;
    public long Maximum;

    /// <summary>What the field had when the option was declared.</summary>
    public long Default;

    /// <summary>What --help says instead of that; null: nothing else.</summary>
    public byte* DefaultText;

    /// <summary>The names of a choice, by number: "epoll|poll|select".</summary>
    public byte* Choices;

    /// <summary>What a selection puts into the field.</summary>
    public long Selected;

    /// <summary>The value as it was given last; null: it was not given.</summary>
    public byte* Given;

    /// <summary>Takes a value for a field of its own kind. Nothing when it is good, else what
    /// would be.</summary>
    public delegate*<OptionValue, void*, ReadOnlySpan<byte>> Take;

    /// <summary>Takes a value into the field. If it is not good, false, and what would be is
    /// appended.</summary>
    public bool TryTake(OptionValue given, ref TextBuilder allowed)
    {
        if (Kind == OptionKind.Custom)
        {
            ReadOnlySpan<byte> expected = Take(given, Field);
            allowed.Append(expected);
            if (!expected.IsEmpty) return false;
        }
        else
        {
            if (!TryParse(given, out long value))
            {
                AppendAllowed(ref allowed);
                return false;
            }
            Store(value);
        }
        Given = NativeText.PointerTo(given.Text);
        Origin = given.Origin;
        return true;
    }

    /// <summary>Keeps the value that the field has now as the default.</summary>
    public void KeepDefault()
    {
        if (HasValue) Default = FieldBytes == sizeof(int) ? *(int*)Field : *(long*)Field;
    }

    /// <summary>Writes the name of the variable into a buffer of <see cref="MaxNameLength"/>
    /// bytes, with a NUL behind it: EPOLLECHO_PORT_FILE for port-file. Its length.</summary>
    public readonly int WriteVariableName(Span<byte> into)
    {
        TextBuilder text = new(into[..^1]);
        text.Append("EPOLLECHO_"u8);
        text.Append(NativeText.At(Name));
        int length = text.Written.Length;
        for (int i = 0; i < length; i++)
        {
            if (into[i] == '-') into[i] = (byte)'_';
            else if (into[i] is >= (byte)'a' and <= (byte)'z') into[i] -= 'a' - 'A';
        }
        into[length] = 0;
        return length;
    }

    /// <summary>Appends what it is called there: --port-file, or EPOLLECHO_PORT_FILE.</summary>
    public readonly void AppendName(Origin origin, ref TextBuilder text)
    {
        if (origin != Origin.Environment)
        {
            text.Append($"--{NativeText.At(Name)}");
            return;
        }
        Span<byte> name = stackalloc byte[MaxNameLength];
        text.Append(name[..WriteVariableName(name)]);
    }

    /// <summary>Appends what --help prints: the text, and the default in parentheses.</summary>
    public readonly void AppendHelp(ref TextBuilder text)
    {
        text.Append(NativeText.At(Help));
        if (DefaultText != null) text.Append($" ({NativeText.At(DefaultText)})");
        if (DefaultText != null || !HasValue || Default < Minimum) return;
        text.Append(" ("u8);
        AppendValue(Default, ref text);
        text.Append(")"u8);
    }

    /// <summary>Appends which values are good.</summary>
    public readonly void AppendAllowed(ref TextBuilder text)
    {
        text.Append(Kind switch
        {
            OptionKind.Number => "a number from "u8,
            OptionKind.Port => "a port number from "u8,
            OptionKind.Size => "a size from "u8,
            OptionKind.Time => "a time from "u8,
            OptionKind.Microseconds => "microseconds, from "u8,
            OptionKind.Switch or OptionKind.Selection => "yes or no"u8,
            OptionKind.File => "the name of a file"u8,
            _ => default,
        });
        if (Kind == OptionKind.Choice) AppendChoices(ref text);
        if (Kind == OptionKind.Choice || !HasValue) return;
        AppendValue(Minimum, ref text);
        if (Maximum < long.MaxValue) text.Append(" to "u8);
        if (Maximum < long.MaxValue) AppendValue(Maximum, ref text);
        if (Kind == OptionKind.Size) text.Append(", as in 64k"u8);
        if (Kind == OptionKind.Time) text.Append(", as in 5s or 500ms"u8);
    }

    /// <summary>Is it one whose value can be written?</summary>
    private readonly bool HasValue => Kind is OptionKind.Number or OptionKind.Port
        or OptionKind.Size or OptionKind.Time or OptionKind.Microseconds or OptionKind.Choice;

    /// <summary>Appends a value as a user would type it.</summary>
    private readonly void AppendValue(long value, ref TextBuilder text)
    {
        switch (Kind)
        {
            case OptionKind.Size:
                text.Append(new SizeText(value));
                break;
            case OptionKind.Time:
                text.Append(new DurationText(Duration.FromNanoseconds(value)));
                break;
            case OptionKind.Microseconds:
                text.Append(Duration.FromNanoseconds(value).Microseconds);
                break;
            case OptionKind.Choice:
                ReadOnlySpan<byte> rest = NativeText.At(Choices);
                for (; value > 0; value--) _ = TakeChoice(ref rest);
                text.Append(TakeChoice(ref rest));
                break;
            default:
                text.Append(value);
                break;
        }
    }

    private readonly void AppendChoices(ref TextBuilder text)
    {
        ReadOnlySpan<byte> rest = NativeText.At(Choices);
        text.Append(TakeChoice(ref rest));
        while (!rest.IsEmpty)
        {
            ReadOnlySpan<byte> name = TakeChoice(ref rest);
            text.Append(rest.IsEmpty ? " or "u8 : ", "u8);
            text.Append(name);
        }
    }

    private readonly bool TryParse(OptionValue given, out long value)
    {
        Duration duration = default;
        bool isGood;
        switch (Kind)
        {
            case OptionKind.Port:
                return Quantity.TryParseInteger(given.Text, 0, MaxPort, out value)
                    && (value >= Minimum || given.IsFromEnvironment);
            case OptionKind.Size:
                return Quantity.TryParseSize(given.Text, Minimum, Maximum, out value);
            case OptionKind.Time:
                isGood = Quantity.TryParseDuration(
                    given.Text, Duration.FromNanoseconds(Minimum),
                    Duration.FromNanoseconds(Maximum), out duration);
                value = duration.Nanoseconds;
                return isGood;
            case OptionKind.Microseconds:
                const long most = long.MaxValue / 1000;
                isGood = Quantity.TryParseInteger(given.Text, 0, most, out long us);
                value = Duration.FromMicroseconds(us).Nanoseconds;
                return isGood && value >= Minimum && value <= Maximum;
            case OptionKind.Choice:
                value = IndexOfChoice(given.Text);
                return value >= 0;
            case OptionKind.Switch or OptionKind.Selection:
                bool isOn = true;
                isGood = !given.IsFromEnvironment || Quantity.TryParseSwitch(given.Text, out isOn);
                value = isOn ? 1 : 0;
                return isGood;
            case OptionKind.File:
                value = (long)NativeText.PointerTo(given.Text);
                return !given.Text.IsEmpty;
            default:
                return Quantity.TryParseInteger(given.Text, Minimum, Maximum, out value);
        }
    }

    /// <summary>Puts a value into the field. A selection that is off leaves it alone; so does
    /// port 0 in a variable, which a server takes that may share it, but not this command.
    /// </summary>
    private readonly void Store(long value)
    {
        if (Kind == OptionKind.Selection && value == 0) return;
        if (Kind == OptionKind.Port && value < Minimum) return;
        if (Kind == OptionKind.Selection) value = Selected;
        if (FieldBytes == sizeof(bool)) *(bool*)Field = value != 0;
        else if (FieldBytes == sizeof(int)) *(int*)Field = (int)value;
        else *(long*)Field = value;
    }

    /// <summary>The number of a choice's name, or -1.</summary>
    private readonly int IndexOfChoice(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> rest = NativeText.At(Choices);
        for (int i = 0; !rest.IsEmpty; i++)
            if (TakeChoice(ref rest).SequenceEqual(name)) return i;
        return -1;
    }

    /// <summary>Takes the first of several names off.</summary>
    private static ReadOnlySpan<byte> TakeChoice(ref ReadOnlySpan<byte> names)
    {
        int length = names.IndexOf((byte)NameSeparator);
        ReadOnlySpan<byte> first = length < 0 ? names : names[..length];
        names = length < 0 ? default : names[(length + 1)..];
        return first;
    }
}
