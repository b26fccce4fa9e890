// Why something was not measured, in words; without a comma or a quotation mark, for it stands in
// a cell of CSV, too.
using Epollecho.Interop;
using Epollecho.Native.Base;

namespace Epollecho.Native.Lab;

internal readonly struct OmissionText(Omission omission) : IAppendable
{
    public void AppendTo(ref TextBuilder text)
    {
        switch (omission)
        {
            case Omission.OpenFiles:
                text.Append(
                    $"needs more open files than the limit of {Process.OpenFileLimit}");
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
