// Compares what a connection brings back with what was sent on it: each byte has its place, so that
// a lost, repeated, moved or changed one does not fit.
using System;

namespace Epollecho.Native.Load;

/// <param name="pattern">What is sent.</param>
/// <param name="isOff">Compares no bytes; more bytes than were sent are wrong all the same.
/// </param>
internal readonly struct Verifier(Pattern pattern, bool isOff)
{
    /// <summary>How many of the received bytes are right, up to the first that is not.</summary>
    /// <param name="connection">The connection's identity, which has its place in the pattern.
    /// </param>
    /// <param name="offset">How many bytes the connection had brought before these.</param>
    /// <param name="sent">How many bytes have been sent on it.</param>
    /// <param name="received">At most <see cref="Pattern.MaxPieceBytes"/>.</param>
    public int CountRight(long connection, long offset, long sent, ReadOnlySpan<byte> received)
    {
        int comparable = (int)long.Min(received.Length, sent - offset);
        return isOff ? comparable
            : pattern.CountEqual(connection, offset, received[..comparable]);
    }
}
