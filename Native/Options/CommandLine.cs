// A command's options, first from the environment and then from the words of the command line,
// each handed to the command as a key and a text. A value that the command refuses ends the
// program with 64 (EX_USAGE, sysexits.h), naming the option, the value and what is allowed.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Net;
using Epollecho.Native.Output;

namespace Epollecho.Native.Options;

/// <summary>One value of one option. An option without an argument has an empty text when it
/// comes from the command line.</summary>
internal readonly ref struct OptionValue
{
    public required int Key { get; init; }

    public required ReadOnlySpan<byte> Text { get; init; }

    public required bool IsFromEnvironment { get; init; }
}

internal static unsafe class CommandLine
{
    public const int ExitUsage = 64;

    /// <summary>The key of --version, which every command has.</summary>
    public const int KeyVersion = 'V';

    private const int MaxNameLength = 64;

    private static byte* programName; // with the command: "epollecho client"

    /// <summary>Reads the options of <paramref name="table"/>, which ends with an entry of zeros,
    /// into <paramref name="target"/>. <paramref name="apply"/> answers with nothing when it has
    /// taken a value, else with what it would have taken. A word is handed on with
    /// <see cref="Argp.KeyArgument"/> as its key. The documentation is what --help prints: the
    /// words that follow the options, and a text before and, behind a vertical tab, after them.
    /// </summary>
    public static void Parse(
        in Arguments arguments, ArgpOption* table, ReadOnlySpan<byte> words,
        ReadOnlySpan<byte> documentation,
        delegate*<OptionValue, void*, ReadOnlySpan<byte>> apply, void* target)
    {
        ReadOnlySpan<byte> path = TextAt(arguments.Words[0]);
        programName = arguments.Words[0] + path.LastIndexOf((byte)'/') + 1;
        Context context = new() { Apply = apply, Target = target, Options = table };
        ApplyEnvironment(ref context);
        ArgpParser parser = default;
        parser.Options = table;
        parser.Parse = &ParseWord;
        parser.ArgumentsDocumentation = Constant(words);
        parser.Documentation = Constant(documentation);
        int error = Argp.Parse(&parser, arguments.Count, arguments.Words, &context);
        if (error != 0) Refuse("command line"u8, Errno.Name(error), "words that make sense"u8);
    }

    /// <summary>An entry of a table of options.</summary>
    public static ArgpOption Option(
        ReadOnlySpan<byte> name, int key, ReadOnlySpan<byte> argumentName,
        ReadOnlySpan<byte> documentation) => new()
    {
        Name = Constant(name),
        Key = key,
        ArgumentName = Constant(argumentName),
        Documentation = Constant(documentation),
    };

    /// <summary>A pointer to NUL-terminated text that never moves: a u8 literal's (the compiler
    /// ends it with a NUL), or a word of argv's or the environment's. Null for none.</summary>
    public static byte* Constant(ReadOnlySpan<byte> text) =>
        (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(text));

    /// <summary>Takes an option without an argument: on if it is given, and what the variable
    /// says in the environment. False for a variable that is neither yes nor no.</summary>
    public static bool TakeSwitch(OptionValue given, ref bool isOn)
    {
        bool value = true;
        if (given.IsFromEnvironment && !Quantity.TryParseSwitch(given.Text, out value))
            return false;
        isOn = value;
        return true;
    }

    /// <summary>Takes a whole number within bounds. False for anything else.</summary>
    public static bool TakeInteger(OptionValue given, int minimum, int maximum, ref int into)
    {
        if (!Quantity.TryParseInteger(given.Text, minimum, maximum, out long value)) return false;
        into = (int)value;
        return true;
    }

    private static void ApplyEnvironment(ref Context context)
    {
        byte* name = stackalloc byte[MaxNameLength];
        for (ArgpOption* option = context.Options; option->Name != null; option++)
        {
            if (option->Key == KeyVersion) continue;
            WriteVariableName(option->Name, new Span<byte>(name, MaxNameLength));
            ReadOnlySpan<byte> value = TextAt(Process.GetEnvironmentVariable(name));
            if (value.IsEmpty) continue;
            OptionValue given = new()
            {
                Key = option->Key,
                Text = value,
                IsFromEnvironment = true,
            };
            ReadOnlySpan<byte> allowed = context.Apply(given, context.Target);
            if (!allowed.IsEmpty) Refuse(TextAt(name), value, allowed);
        }
    }

    /// <summary>Writes EPOLLECHO_PORT_FILE, NUL-terminated, for port-file.</summary>
    private static void WriteVariableName(byte* optionName, Span<byte> into)
    {
        TextBuilder text = new(into[..^1]);
        text.Append("EPOLLECHO_"u8);
        text.Append(TextAt(optionName));
        int length = text.Written.Length;
        for (int i = 0; i < length; i++)
        {
            if (into[i] == '-') into[i] = (byte)'_';
            else if (into[i] is >= (byte)'a' and <= (byte)'z') into[i] -= 'a' - 'A';
        }
        into[length] = 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ParseWord(int key, byte* argument, ArgpState* state)
    {
        Context* context = (Context*)state->Input;
        if (key == KeyVersion) PrintVersion();
        byte* name = NameOf(context->Options, key);
        if (key != Argp.KeyArgument && name == null) return Argp.UnknownKey;
        OptionValue given = new()
        {
            Key = key,
            Text = TextAt(argument),
            IsFromEnvironment = false,
        };
        ReadOnlySpan<byte> allowed = context->Apply(given, context->Target);
        if (allowed.IsEmpty) return 0;
        if (key == Argp.KeyArgument) Refuse("argument"u8, given.Text, allowed);
        Span<byte> buffer = stackalloc byte[MaxNameLength];
        TextBuilder option = new(buffer);
        option.Append("--"u8);
        option.Append(TextAt(name));
        Refuse(option.Written, given.Text, allowed);
        return 0;
    }

    private static byte* NameOf(ArgpOption* options, int key)
    {
        for (ArgpOption* option = options; option->Name != null; option++)
            if (option->Key == key) return option->Name;
        return null;
    }

    /// <summary>Ends the program for a value that does not do.</summary>
    public static void Refuse(
        scoped ReadOnlySpan<byte> name, ReadOnlySpan<byte> value,
        scoped ReadOnlySpan<byte> allowed)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append(name);
        text.Append(": '"u8);
        text.Append(value[..Math.Min(value.Length, 200)]);
        text.Append("' is not valid; expected "u8);
        text.Append(allowed);
        Log.WriteError(text.Written);
        TextBuilder hint = new(buffer);
        hint.Append("try '"u8);
        hint.Append(TextAt(programName));
        hint.Append(" --help' for the options"u8);
        Log.WriteError(hint.Written);
        Process.Exit(ExitUsage);
    }

    private static void PrintVersion()
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("epollecho "u8);
        text.Append(BuildInformation.Version);
        text.Append(" (commit "u8);
        text.Append(BuildInformation.Commit);
        text.Append(")\n"u8);
        Process.Exit(Files.WriteAll(1, text.Written) == 0 ? 0 : 1);
    }

    private static ReadOnlySpan<byte> TextAt(byte* terminated) =>
        MemoryMarshal.CreateReadOnlySpanFromNullTerminated(terminated);

    private struct Context
    {
        public delegate*<OptionValue, void*, ReadOnlySpan<byte>> Apply;
        public void* Target;
        public ArgpOption* Options;
    }
}
