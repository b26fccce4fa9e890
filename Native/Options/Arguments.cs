// The words of the command line as C has them, in native memory that is never freed: argp and the
// options keep pointers into it.
using System;
using System.Runtime.InteropServices;
using System.Text;
using Epollecho.Native.Base;

namespace Epollecho.Native.Options;

internal unsafe struct Arguments
{
    private const int MaxNameLength = 128;

    /// <summary>argv: the program's name, the words, a null.</summary>
    public byte** Words { get; private set; }

    /// <summary>argc: how many there are, the program's name included.</summary>
    public int Count { get; private set; }

    /// <summary>The program's commands, for those that speak of them.</summary>
    public CommandList Commands { get; set; }

    /// <summary>What messages call the program, without the folder, with the command: "epollecho
    /// client". NUL-terminated.</summary>
    public readonly byte* ProgramName
    {
        get
        {
            ReadOnlySpan<byte> path = NativeText.At(Words[0]);
            return Words[0] + path.LastIndexOf((byte)'/') + 1;
        }
    }

    /// <summary>Empty if there is none.</summary>
    public readonly ReadOnlySpan<byte> FirstWord =>
        Count < 2 ? default : NativeText.At(Words[1]);

    public static Arguments OfThisProcess()
    {
        string[] words = Environment.GetCommandLineArgs();
        Arguments arguments = new()
        {
            Count = words.Length,
            Words = (byte**)NativeMemory.AllocZeroed(
                (nuint)(words.Length + 1), (nuint)sizeof(byte*)),
        };
        for (int i = 0; i < words.Length; i++)
        {
            int length = Encoding.UTF8.GetByteCount(words[i]);
            byte* word = (byte*)NativeMemory.AllocZeroed((nuint)length + 1);
            Encoding.UTF8.GetBytes(words[i], new Span<byte>(word, length));
            arguments.Words[i] = word;
        }
        return arguments;
    }

    /// <summary>The words of a command, which the first word has named; the program is then
    /// called by both names. Those of this one are used up.</summary>
    public readonly Arguments AfterFirstWord(
        scoped ReadOnlySpan<byte> program, scoped ReadOnlySpan<byte> command)
    {
        Arguments rest = this;
        rest.Words++;
        rest.Count--;
        Span<byte> buffer = stackalloc byte[MaxNameLength];
        TextBuilder name = new(buffer);
        name.Append($"{program} {command}");
        rest.Words[0] = NativeText.Copy(name.Written);
        return rest;
    }
}
