// What the first word of the command line may name: a command's name, its line of help, and what
// runs it. The lists in --help and in messages are made from them.
using System;
using Epollecho.Native.Base;

namespace Epollecho.Native.Options;

internal readonly unsafe struct Command(
    ReadOnlySpan<byte> name, ReadOnlySpan<byte> help, delegate*<in Arguments, int> run)
{
    private readonly byte* name = NativeText.PointerTo(name);
    private readonly byte* help = NativeText.PointerTo(help);

    public ReadOnlySpan<byte> Name => NativeText.At(name);

    public ReadOnlySpan<byte> Help => NativeText.At(help);

    /// <summary>Runs it with its own words; the exit status.</summary>
    public delegate*<in Arguments, int> Run { get; } = run;
}

/// <summary>A list that its owner keeps.</summary>
internal readonly unsafe struct CommandList(Command* first, int count)
{
    private const int SpacesBehindName = 3;

    public bool IsEmpty => count == 0;

    private ReadOnlySpan<Command> Items => new(first, count);

    /// <summary>Runs the command that the first word names. False if there is none.</summary>
    /// <param name="arguments">The words; the command gets those that follow its name.</param>
    /// <param name="program">What the program is called before the name, in messages.</param>
    /// <param name="status">The exit status.</param>
    public bool TryRun(
        in Arguments arguments, scoped ReadOnlySpan<byte> program, out int status)
    {
        status = 0;
        foreach (ref readonly Command command in Items)
        {
            if (!arguments.FirstWord.SequenceEqual(command.Name)) continue;
            Arguments own = arguments.AfterFirstWord(program, command.Name);
            status = command.Run(own);
            return true;
        }
        return false;
    }

    /// <summary>Appends the names as a sentence has them: "triggers or pollers".</summary>
    public void AppendNames(ref TextBuilder text)
    {
        for (int i = 0; i < count; i++)
        {
            text.Append(i == 0 ? default : i == count - 1 ? " or "u8 : ", "u8);
            text.Append(Items[i].Name);
        }
    }

    /// <summary>Appends a line for each command, without a line feed behind the last.</summary>
    public void AppendHelp(ref TextBuilder text)
    {
        int width = 0;
        foreach (ref readonly Command command in Items)
            width = int.Max(width, command.Name.Length + SpacesBehindName);
        for (int i = 0; i < count; i++)
        {
            text.Append(i == 0 ? "  "u8 : "\n  "u8);
            int start = text.Written.Length;
            text.Append(Items[i].Name);
            text.Align(start, -width);
            text.Append(Items[i].Help);
        }
    }
}
