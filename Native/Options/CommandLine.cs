// Reads a command's options, first from the environment and then from the words of the command
// line. A value that is not good ends the program with 64 (EX_USAGE, sysexits.h), naming the
// option, the value and what is allowed.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollecho.Interop;
using Epollecho.Native.Base;
using Epollecho.Native.Output;

namespace Epollecho.Native.Options;

internal static unsafe class CommandLine
{
    public const int ExitUsage = 64;

    private const int KeyVersion = 'V'; // every command has --version
    private const int MaxHelpLength = 2048;
    private const int MaxShownLength = 200; // of a value that is not good

    /// <summary>Reads the options of a table into their fields; does not come back from --help,
    /// --version and misuse. The documentation is what --help prints before and, behind a
    /// vertical tab, after the options.</summary>
    public static void Parse(
        in Arguments arguments, OptionTable* table, ReadOnlySpan<byte> documentation)
    {
        Context context = new() { Table = table, ProgramName = arguments.ProgramName };
        ReadEnvironment(context);
        ArgpOption* entries = stackalloc ArgpOption[OptionTable.Capacity + 2];
        WriteEntries(table, entries);
        ArgpParser parser = default;
        parser.Options = entries;
        parser.Parse = &ParseWord;
        parser.ArgumentsDocumentation = table->WordsName;
        parser.Documentation = NativeText.PointerTo(documentation);
        parser.HelpFilter = &CompleteHelp;
        int error = Argp.Parse(&parser, arguments.Count, arguments.Words, &context);
        if (error != 0)
        {
            ExitWithUsageError(
                context.ProgramName, "command line"u8, Errno.Name(error),
                "words that make sense"u8);
        }
    }

    /// <summary>Ends the program because a field has a value that does not go with the others,
    /// naming the option or the variable that it came from.</summary>
    public static void Reject(
        in Arguments arguments, ref OptionTable table, void* field,
        scoped ReadOnlySpan<byte> allowed)
    {
        ref readonly Option option = ref table[table.IndexOfField(field)];
        ExitWithUsageError(
            arguments.ProgramName, option, option.Origin, NativeText.At(option.Given), allowed);
    }

    private static void ReadEnvironment(in Context context)
    {
        byte* name = stackalloc byte[Option.MaxNameLength];
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        for (int i = 0; i < context.Table->Count; i++)
        {
            ref readonly Option option = ref (*context.Table)[i];
            _ = option.WriteVariableName(new(name, Option.MaxNameLength));
            ReadOnlySpan<byte> value = NativeText.At(Process.GetEnvironmentVariable(name));
            if (value.IsEmpty) continue;
            TextBuilder allowed = new(buffer);
            if (context.Table->TryTake(i, value, Origin.Environment, ref allowed)) continue;
            ExitWithUsageError(
                context.ProgramName, option, Origin.Environment, value, allowed.Written);
        }
    }

    /// <summary>Writes what argp is to know of the options, --version and an entry of zeros.
    /// </summary>
    private static void WriteEntries(OptionTable* table, ArgpOption* entries)
    {
        for (int i = 0; i < table->Count; i++)
        {
            ref readonly Option option = ref (*table)[i];
            entries[i] = new()
            {
                Name = option.Name,
                Key = option.Key,
                ArgumentName = option.ArgumentName,
                Flags = option.ArgumentIsOptional ? Argp.OptionalArgument : 0,
                Documentation = option.Help,
            };
        }
        entries[table->Count] = new()
        {
            Name = NativeText.PointerTo("version"u8),
            Key = KeyVersion,
            Documentation = NativeText.PointerTo("Print version and commit"u8),
        };
        entries[table->Count + 1] = default;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ParseWord(int key, byte* argument, ArgpState* state)
    {
        Context* context = (Context*)state->Input;
        if (key == KeyVersion) PrintVersion();
        ReadOnlySpan<byte> value = NativeText.At(argument);
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder allowed = new(buffer);
        if (key == Argp.KeyArgument)
        {
            if (!TryTakeWord(context, value, ref allowed))
                ExitWithUsageError(context->ProgramName, "argument"u8, value, allowed.Written);
            return 0;
        }
        int index = context->Table->IndexOfKey(key);
        if (index < 0) return Argp.UnknownKey;
        if (!context->Table->TryTake(index, value, Origin.CommandLine, ref allowed))
        {
            ExitWithUsageError(
                context->ProgramName, (*context->Table)[index], Origin.CommandLine, value,
                allowed.Written);
        }
        return 0;
    }

    private static bool TryTakeWord(
        Context* context, ReadOnlySpan<byte> value, ref TextBuilder allowed)
    {
        if (context->Table->TakeWord == null)
        {
            context->Table->AppendAllowedWords(ref allowed);
            return false;
        }
        OptionValue given = new()
        {
            Text = value,
            Origin = Origin.CommandLine,
            IsFirst = !context->HasWord,
        };
        context->HasWord = true;
        ReadOnlySpan<byte> expected = context->Table->TakeWord(given, context->Table->WordsField);
        allowed.Append(expected);
        return expected.IsEmpty;
    }

    /// <summary>argp's help filter: completes a text of --help when it is about to be printed.
    /// The answer is the text itself, or one that argp frees with free(3).</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* CompleteHelp(int key, byte* text, void* input)
    {
        if (text == null || input == null) return text;
        ref OptionTable table = ref *((Context*)input)->Table;
        Span<byte> buffer = stackalloc byte[MaxHelpLength];
        TextBuilder complete = new(buffer);
        int index = table.IndexOfKey(key);
        if (index >= 0)
        {
            table[index].AppendHelp(ref complete);
        }
        else
        {
            complete.Append(NativeText.At(text));
            if (key == Argp.KeyHelpBeforeOptions) table.Commands.AppendHelp(ref complete);
        }
        return complete.IsCut ? text : NativeText.Copy(complete.Written);
    }

    private static void ExitWithUsageError(
        byte* programName, in Option option, Origin origin, ReadOnlySpan<byte> value,
        scoped ReadOnlySpan<byte> allowed)
    {
        Span<byte> buffer = stackalloc byte[Option.MaxNameLength];
        TextBuilder name = new(buffer);
        option.AppendName(origin, ref name);
        ExitWithUsageError(programName, name.Written, value, allowed);
    }

    private static void ExitWithUsageError(
        byte* programName, scoped ReadOnlySpan<byte> name, ReadOnlySpan<byte> value,
        scoped ReadOnlySpan<byte> allowed)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        ReadOnlySpan<byte> shown = value[..Math.Min(value.Length, MaxShownLength)];
        TextBuilder text = new(buffer);
        text.Append($"{name}: '{shown}' is not valid; expected {allowed}");
        Log.WriteError(text.Written);
        TextBuilder hint = new(buffer);
        hint.Append($"try '{NativeText.At(programName)} --help' for the options");
        Log.WriteError(hint.Written);
        Process.Exit(ExitUsage);
    }

    private static void PrintVersion()
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"epollecho {BuildInformation.Version} (commit {BuildInformation.Commit})\n");
        Process.Exit(Files.WriteAll(1, text.Written) == 0 ? 0 : 1);
    }

    private struct Context
    {
        public OptionTable* Table;
        public byte* ProgramName;
        public bool HasWord;
    }
}
