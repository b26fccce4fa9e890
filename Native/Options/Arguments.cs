// The words of the command line as C has them, in native memory that is never freed: argp and the
// options keep pointers into it.
using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Epollecho.Native.Options;

internal unsafe struct Arguments
{
    /// <summary>argv: the program's name, the words, a null.</summary>
    public byte** Words { get; private set; }

    /// <summary>argc: how many there are, the program's name included.</summary>
    public int Count { get; private set; }

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

    /// <summary>If the first word is this command, takes it out: what follows are the command's
    /// own words, and usage messages call the program <paramref name="fullName"/>.</summary>
    public bool TakeCommand(ReadOnlySpan<byte> command, ReadOnlySpan<byte> fullName)
    {
        if (Count < 2) return false;
        if (!MemoryMarshal.CreateReadOnlySpanFromNullTerminated(Words[1]).SequenceEqual(command))
            return false;
        Words++;
        Count--;
        Words[0] = CommandLine.Constant(fullName);
        return true;
    }
}
