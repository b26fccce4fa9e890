// What went wrong in an experiment: a line on stderr that names the experiment's step.
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Output;

namespace Epollecho.Native.Lab;

internal static class LabError
{
    /// <summary>Says what could not be done and, unless <paramref name="errno"/> is 0, why; false,
    /// for the caller to return.</summary>
    public static bool Tell(scoped ReadOnlySpan<byte> what, int errno = 0)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append("lab: "u8);
        text.Append(what);
        if (errno != 0)
        {
            text.Append(": "u8);
            text.AppendErrno(errno);
        }
        Log.WriteError(text.Written);
        return false;
    }
}
