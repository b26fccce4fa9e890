// glibc's option parser argp (glibc manual, "Parsing Program Options with Argp"): GNU style with
// bundles, abbreviations, --help and --usage. argp itself reports misuse on stderr and exits with
// 64 then.
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Argp
{
    /// <summary>The key of a word that is no option; others are an option's own.</summary>
    public const int KeyArgument = 0;

    /// <summary>OPTION_ARG_OPTIONAL: an option that may go without its argument.</summary>
    public const int OptionalArgument = 1;

    /// <summary>The key of the text before the options, for a help filter.</summary>
    public const int KeyHelpBeforeOptions = 0x2000001; // ARGP_KEY_HELP_PRE_DOC

    /// <summary>Answer of a parser function to a key that it does not know.</summary>
    public static int UnknownKey => LibC.E2BIG; // ARGP_ERR_UNKNOWN, argp.h

    /// <summary>Parses <paramref name="argv"/>, calling the parser function for each option and
    /// word. 0, or an errno value; does not come back from --help, --usage and misuse.</summary>
    public static int Parse(ArgpParser* parser, int argc, byte** argv, void* input) =>
        argp_parse(parser, argc, argv, 0, null, input);

    [LibraryImport("libc")]
    private static partial int argp_parse(
        ArgpParser* parser, int argc, byte** argv, uint flags, int* endIndex, void* input);
}

/// <summary>struct argp_option. An entry of zeros ends the table.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ArgpOption
{
    public byte* Name; // long name, NUL-terminated
    public int Key; // short name if printable
    public byte* ArgumentName; // null: takes none
    public int Flags;
    public byte* Documentation;
    public int Group;
}

/// <summary>struct argp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ArgpParser
{
    public ArgpOption* Options;
    public delegate* unmanaged[Cdecl]<int, byte*, ArgpState*, int> Parse;
    public byte* ArgumentsDocumentation;
    public byte* Documentation; // before and, behind a vertical tab, after the options
    public void* Children;
    public delegate* unmanaged[Cdecl]<int, byte*, void*, byte*> HelpFilter; // may be null
    public byte* Domain;
}

/// <summary>struct argp_state up to its member input; only argp makes one.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ArgpState
{
    public ArgpParser* Root;
    public int Count;
    public byte** Arguments;
    public int Next;
    public uint Flags;
    public uint ArgumentNumber;
    public int Quoted;
    public void* Input;
}
