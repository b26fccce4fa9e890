// What an event is about: the word that a poller hands back with it (epoll_data of epoll_ctl(2)).
// It is typed, so that nobody mistakes a listener for a connection, and counted, so that an event
// of a connection that has been closed is told from one of the connection that has its place now.
using System;

namespace Epollecho.Native.Loop;

internal enum TokenKind : byte
{
    Connection,
    Listener,
    Signal, // a signalfd
    Input, // of this process
    Output,
}

/// <summary>32 bits of index, 8 of kind and 24 of generation. Generations come again after
/// 16,777,216 uses of a place; an event is stale for no longer than one batch.</summary>
internal readonly struct Token(ulong value) : IEquatable<Token>
{
    private const int KindShift = 32;
    private const int GenerationShift = 40;

    public Token(TokenKind kind, int index, uint generation = 0)
        : this((uint)index | ((ulong)kind << KindShift) | ((ulong)generation << GenerationShift))
    {
    }

    /// <summary>As the kernel keeps it.</summary>
    public ulong Value => value;

    public TokenKind Kind => (TokenKind)(value >> KindShift);

    /// <summary>The place in the table of its kind.</summary>
    public int Index => (int)value;

    public static bool operator ==(Token a, Token b) => a.Value == b.Value;

    public static bool operator !=(Token a, Token b) => a.Value != b.Value;

    public bool Equals(Token other) => this == other;

    public override bool Equals(object? obj) => obj is Token other && Equals(other);

    public override int GetHashCode() => value.GetHashCode();
}
