// What the compiler turns text.Append($"{sent} sent, {lost} lost") into: the pieces of the sentence
// go into the text's own buffer one by one, without a string and without an allocation. Literals
// are ASCII; other characters come as a hole with a u8 literal.
using System;
using System.Runtime.CompilerServices;

namespace Epollecho.Native.Base;

[InterpolatedStringHandler]
internal ref struct TextInterpolation
{
    /// <summary>The text with all pieces so far; the caller takes it back.</summary>
    public TextBuilder Text;

    // The compiler passes the length of all literals and the number of holes.
    public TextInterpolation(int literalLength, int holes, TextBuilder text) => Text = text;

    public void AppendLiteral(string literal) => Text.AppendAscii(literal);

    public void AppendFormatted(scoped ReadOnlySpan<byte> text) => Text.Append(text);

    public void AppendFormatted(long number) => Text.Append(number);

    public void AppendFormatted<T>(T value)
        where T : IAppendable, allows ref struct => value.AppendTo(ref Text);

    /// <summary>In a column: {text,-8} is followed by spaces up to a width of 8, {text,8} comes
    /// behind them. What is wider moves the rest.</summary>
    public void AppendFormatted(scoped ReadOnlySpan<byte> text, int alignment)
    {
        int start = Text.Written.Length;
        Text.Append(text);
        Text.Align(start, alignment);
    }

    public void AppendFormatted(long number, int alignment)
    {
        int start = Text.Written.Length;
        Text.Append(number);
        Text.Align(start, alignment);
    }

    public void AppendFormatted<T>(T value, int alignment)
        where T : IAppendable, allows ref struct
    {
        int start = Text.Written.Length;
        value.AppendTo(ref Text);
        Text.Align(start, alignment);
    }
}
