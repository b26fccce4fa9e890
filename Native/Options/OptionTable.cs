// What a command can be told, each option stated by one call: its names, the field that its value
// goes to, its bounds, its help. The default is what the field has at that time. The names of the
// argument and of the variable, the text of what is allowed and the default in --help follow.
using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Epollecho.Native.Base;

namespace Epollecho.Native.Options;

[InlineArray(OptionTable.Capacity)]
internal struct OptionItems
{
    private Option first;
}

/// <summary>Keeps pointers to the fields: it lives as long as they stay where they are.</summary>
internal unsafe struct OptionTable
{
    public const int Capacity = 32;

    private const int FirstKeyWithoutLetter = 256;

    private OptionItems items;
    private byte* beforeCommands;

    public OptionTable()
    {
    }

    public int Count { get; private set; }

    /// <summary>Words that are no options: what --help calls them, what takes one, and the field
    /// that it is for. Null: the command takes none.</summary>
    public byte* WordsName { get; private set; }

    public delegate*<OptionValue, void*, ReadOnlySpan<byte>> TakeWord { get; private set; }

    public void* WordsField { get; private set; }

    /// <summary>Commands that the first word could have named: --help lists them.</summary>
    public CommandList Commands { get; private set; }

    /// <summary>An option, by its number in the order of declaration.</summary>
    [UnscopedRef]
    public ref Option this[int index] => ref items[index];

    /// <summary>A whole number.</summary>
    /// <param name="name">The long name.</param>
    /// <param name="letter">The short name; 0: none.</param>
    /// <param name="field">Where it goes, and the default.</param>
    /// <param name="minimum">The least that is allowed. A default below it is none.</param>
    /// <param name="maximum">The most that is allowed.</param>
    /// <param name="help">What --help says.</param>
    /// <param name="defaultText">What --help has in place of the default's value.</param>
    public void Number(
        ReadOnlySpan<byte> name, int letter, int* field, int minimum, int maximum,
        ReadOnlySpan<byte> help, ReadOnlySpan<byte> defaultText = default) =>
        AddRange(
            OptionKind.Number, name, letter, "COUNT"u8, field, sizeof(int), minimum, maximum,
            help, defaultText);

    /// <summary>A whole number, likewise.</summary>
    public void Number(
        ReadOnlySpan<byte> name, int letter, long* field, long minimum, long maximum,
        ReadOnlySpan<byte> help, ReadOnlySpan<byte> defaultText = default) =>
        AddRange(
            OptionKind.Number, name, letter, "COUNT"u8, field, sizeof(long), minimum, maximum,
            help, defaultText);

    /// <summary>A port, from 0 or 1. Where it is from 1, a variable with 0 changes nothing: it
    /// may be meant for a server that takes any port.</summary>
    public void Port(
        ReadOnlySpan<byte> name, int letter, int* field, int minimum, ReadOnlySpan<byte> help) =>
        AddRange(
            OptionKind.Port, name, letter, "PORT"u8, field, sizeof(int), minimum, ushort.MaxValue,
            help, default);

    /// <summary>A number of bytes.</summary>
    public void Size(
        ReadOnlySpan<byte> name, int letter, int* field, int minimum, int maximum,
        ReadOnlySpan<byte> help, ReadOnlySpan<byte> defaultText = default) =>
        AddRange(
            OptionKind.Size, name, letter, "SIZE"u8, field, sizeof(int), minimum, maximum,
            help, defaultText);

    /// <summary>A number of bytes, likewise.</summary>
    public void Size(
        ReadOnlySpan<byte> name, int letter, long* field, long minimum, long maximum,
        ReadOnlySpan<byte> help, ReadOnlySpan<byte> defaultText = default) =>
        AddRange(
            OptionKind.Size, name, letter, "SIZE"u8, field, sizeof(long), minimum, maximum,
            help, defaultText);

    /// <summary>A time, to the millisecond.</summary>
    public void Time(
        ReadOnlySpan<byte> name, int letter, Duration* field, Duration minimum, Duration maximum,
        ReadOnlySpan<byte> help, ReadOnlySpan<byte> defaultText = default) =>
        AddDuration(
            OptionKind.Time, name, letter, "TIME"u8, field, minimum, maximum, help, defaultText);

    /// <summary>A time, as a plain number of microseconds.</summary>
    public void Microseconds(
        ReadOnlySpan<byte> name, int letter, Duration* field, Duration minimum, Duration maximum,
        ReadOnlySpan<byte> help, ReadOnlySpan<byte> defaultText = default) =>
        AddDuration(
            OptionKind.Microseconds, name, letter, "MICROSECONDS"u8, field, minimum, maximum,
            help, defaultText);

    /// <summary>One of several names, "epoll|poll|select", for the values 0, 1, 2 of an
    /// enumeration.</summary>
    public void Choice<T>(
        ReadOnlySpan<byte> name, int letter, T* field, ReadOnlySpan<byte> choices,
        ReadOnlySpan<byte> help)
        where T : unmanaged, Enum
    {
        Debug.Assert(sizeof(T) == sizeof(int));
        ref Option option = ref AddRange(
            OptionKind.Choice, name, letter, choices, field, sizeof(int), 0, int.MaxValue,
            help, default);
        option.Choices = NativeText.PointerTo(choices);
    }

    /// <summary>Yes or no: yes if it is given.</summary>
    public void Switch(
        ReadOnlySpan<byte> name, int letter, bool* field, ReadOnlySpan<byte> help) =>
        Add(OptionKind.Switch, name, letter, default, field, help).FieldBytes = sizeof(bool);

    /// <summary>A switch that stands for one of several values of the field.</summary>
    public void Switch<T>(
        ReadOnlySpan<byte> name, int letter, T* field, T selected, ReadOnlySpan<byte> help)
        where T : unmanaged
    {
        Debug.Assert(sizeof(T) == sizeof(int));
        ref Option option = ref Add(OptionKind.Selection, name, letter, default, field, help);
        option.FieldBytes = sizeof(int);
        option.Selected = *(int*)&selected;
    }

    /// <summary>The name of a file, NUL-terminated, never freed.</summary>
    public void File(
        ReadOnlySpan<byte> name, int letter, byte** field, ReadOnlySpan<byte> help) =>
        Add(OptionKind.File, name, letter, "FILE"u8, field, help).FieldBytes = sizeof(byte*);

    /// <summary>What none of the others is. <paramref name="take"/> gets each value and the
    /// field, and answers with nothing when it has taken the value, else with what it would have
    /// taken.</summary>
    public void Custom(
        ReadOnlySpan<byte> name, int letter, ReadOnlySpan<byte> argument, void* field,
        delegate*<OptionValue, void*, ReadOnlySpan<byte>> take, ReadOnlySpan<byte> help,
        ReadOnlySpan<byte> defaultText = default, bool argumentIsOptional = false)
    {
        ref Option option = ref Add(OptionKind.Custom, name, letter, argument, field, help);
        option.Take = take;
        option.DefaultText = NativeText.PointerTo(defaultText);
        option.ArgumentIsOptional = argumentIsOptional;
    }

    /// <summary>Words that are no options, such as [HOST][:PORT].</summary>
    public void Words(
        ReadOnlySpan<byte> name, void* field,
        delegate*<OptionValue, void*, ReadOnlySpan<byte>> take)
    {
        WordsName = NativeText.PointerTo(name);
        WordsField = field;
        TakeWord = take;
    }

    /// <summary>None but a command, which has been looked for already: any word is refused, with
    /// the commands' names behind <paramref name="before"/>.</summary>
    public void Words(
        ReadOnlySpan<byte> name, in CommandList commands, ReadOnlySpan<byte> before)
    {
        WordsName = NativeText.PointerTo(name);
        Commands = commands;
        beforeCommands = NativeText.PointerTo(before);
    }

    /// <summary>Appends which words are good where no function takes them.</summary>
    public readonly void AppendAllowedWords(ref TextBuilder text)
    {
        text.Append(Commands.IsEmpty ? "an option"u8 : NativeText.At(beforeCommands));
        Commands.AppendNames(ref text);
    }

    /// <summary>Where the value of a field came from.</summary>
    public readonly Origin OriginOf(void* field)
    {
        Origin origin = Origin.Default;
        foreach (ref readonly Option option in items[..Count])
            if (option.Field == field && option.Origin > origin) origin = option.Origin;
        return origin;
    }

    /// <summary>The number of the option with this key, or -1.</summary>
    public readonly int IndexOfKey(int key)
    {
        for (int i = 0; i < Count; i++)
            if (items[i].Key == key) return i;
        return -1;
    }

    /// <summary>The number of the option that the field's value came from.</summary>
    public readonly int IndexOfField(void* field)
    {
        Origin origin = OriginOf(field);
        for (int i = 0; i < Count; i++)
            if (items[i].Field == field && items[i].Origin == origin) return i;
        throw new ArgumentException("no option has this field");
    }

    /// <summary>Takes a value for an option. If it is not good, false, and what would be is
    /// appended.</summary>
    public bool TryTake(
        int index, ReadOnlySpan<byte> text, Origin origin, ref TextBuilder allowed)
    {
        ref Option option = ref items[index];
        OptionValue given = new()
        {
            Text = text,
            Origin = origin,
            IsFirst = OriginOf(option.Field) < origin,
        };
        return option.TryTake(given, ref allowed);
    }

    private void AddDuration(
        OptionKind kind, ReadOnlySpan<byte> name, int letter, ReadOnlySpan<byte> argument,
        Duration* field, Duration minimum, Duration maximum, ReadOnlySpan<byte> help,
        ReadOnlySpan<byte> defaultText)
    {
        // Kept, and taken from the field, as the nanoseconds that a Duration consists of.
        Debug.Assert(sizeof(Duration) == sizeof(long));
        AddRange(
            kind, name, letter, argument, field, sizeof(long), minimum.Nanoseconds,
            maximum.Nanoseconds, help, defaultText);
    }

    [UnscopedRef]
    private ref Option AddRange(
        OptionKind kind, ReadOnlySpan<byte> name, int letter, ReadOnlySpan<byte> argument,
        void* field, int fieldBytes, long minimum, long maximum, ReadOnlySpan<byte> help,
        ReadOnlySpan<byte> defaultText)
    {
        ref Option option = ref Add(kind, name, letter, argument, field, help);
        option.FieldBytes = fieldBytes;
        option.Minimum = minimum;
        option.Maximum = maximum;
        option.DefaultText = NativeText.PointerTo(defaultText);
        option.KeepDefault();
        return ref option;
    }

    [UnscopedRef]
    private ref Option Add(
        OptionKind kind, ReadOnlySpan<byte> name, int letter, ReadOnlySpan<byte> argument,
        void* field, ReadOnlySpan<byte> help)
    {
        ref Option option = ref items[Count]; // out of range: Capacity is to be raised
        option = default;
        option.Kind = kind;
        option.Key = letter != 0 ? letter : FirstKeyWithoutLetter + Count;
        option.Name = NativeText.PointerTo(name);
        option.ArgumentName = NativeText.PointerTo(argument);
        option.Help = NativeText.PointerTo(help);
        option.Field = field;
        Count++;
        return ref option;
    }
}
