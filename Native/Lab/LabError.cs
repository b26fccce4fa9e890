// Errors of an experiment: a line on stderr that begins with "lab".
using System;
using Epollecho.Native.Base;
using Epollecho.Native.Output;

namespace Epollecho.Native.Lab;

internal static class LabError
{
    /// <summary>Reports what could not be done and, unless <paramref name="errno"/> is 0, why;
    /// false, for the caller to return.</summary>
    public static bool Fail(scoped ReadOnlySpan<byte> what, int errno = 0)
    {
        Span<byte> buffer = stackalloc byte[Log.MaxLineLength];
        TextBuilder text = new(buffer);
        text.Append($"lab: {what}");
        if (errno != 0) text.Append($": {new ErrnoText(errno)}");
        return Log.Fail(text.Written);
    }
}
