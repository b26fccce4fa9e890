// Why something was not measured, in words.
using Epollecho.Interop;
using Epollecho.Native.Base;

namespace Epollecho.Native.Lab;

internal static class OmissionText
{
    /// <summary>Why there is no result; without a comma or a quotation mark.</summary>
    public static void Append(ref TextBuilder text, Omission omission)
    {
        switch (omission)
        {
            case Omission.OpenFiles:
                text.Append("needs more open files than the limit of "u8);
                text.Append(Process.OpenFileLimit);
                break;
            case Omission.SelectLimit:
                text.Append("takes descriptors below 1024 only"u8);
                break;
            case Omission.Ports:
                text.Append("no local port is left to connect from"u8);
                break;
            default:
                text.Append("the server has paused accepting"u8);
                break;
        }
    }
}
