// The program's own file: its path, and its code in memory, found by its program headers (elf(5),
// getauxval(3)).
using System.Runtime.InteropServices;

namespace Epollecho.Interop;

internal static unsafe partial class ProgramImage
{
    internal const nuint AT_PHDR = 3;
    internal const nuint AT_PHNUM = 5;
    internal const nuint AT_EXECFN = 31;
    internal const uint PT_LOAD = 1;
    internal const uint PF_X = 1;
    private const ulong PageMask = 0xFFFF; // 64 KB, the largest page there is

    /// <summary>The path that this program was started by (AT_EXECFN), valid for ever; null if the
    /// kernel does not say. Relative to the folder it was started in.</summary>
    public static byte* Path => (byte*)getauxval(AT_EXECFN);

    /// <summary>Gives back the pages of code that have been used so far: they count as this
    /// process's memory, and those that are needed again come from the page cache. Code is never
    /// written to, so nothing can be lost (madvise(2), MADV_DONTNEED). The program must be linked
    /// to a fixed address, which is the one that a header holds.</summary>
    public static void ForgetCode()
    {
        ProgramHeader* header = (ProgramHeader*)getauxval(AT_PHDR);
        for (nuint count = getauxval(AT_PHNUM); header != null && count > 0; count--, header++)
        {
            if (header->Type != PT_LOAD || (header->Flags & PF_X) == 0) continue;
            ulong start = (header->Address + PageMask) & ~PageMask;
            ulong end = (header->Address + header->MemorySize) & ~PageMask;
            if (end > start) ReservedMemory.Discard((byte*)start, (long)(end - start));
        }
    }

    [LibraryImport("libc")]
    private static partial nuint getauxval(nuint type);
}

/// <summary>Elf64_Phdr (elf(5)).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProgramHeader
{
    public uint Type;
    public uint Flags;
    public ulong Offset;
    public ulong Address;
    public ulong PhysicalAddress;
    public ulong FileSize;
    public ulong MemorySize;
    public ulong Alignment;
}
