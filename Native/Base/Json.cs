// JSON (RFC 8259), written member by member: this writer puts the commas, escapes the strings and
// knows how deep it is. A document that does not fit, or is not closed, is a mistake in the
// program: it ends with exit status 70 instead of writing a part of it.
using System;

namespace Epollecho.Native.Base;

/// <summary>Where in a document a writer is, so that another one can go on from there.</summary>
internal struct JsonPosition
{
    /// <summary>Objects and arrays that are open.</summary>
    public int Depth;

    /// <summary>A bit for each of these, the innermost lowest: has it an element already?</summary>
    public ulong HasElements;

    /// <summary>A bit for each of these: is it an array?</summary>
    public ulong IsArray;
}

internal ref struct Json(Span<byte> buffer, JsonPosition position = default)
{
    private const int MaxDepth = 63;

    private TextBuilder text = new(buffer);
    private JsonPosition position = position;
    private bool hasName;

    /// <summary>For a writer that goes on with the same document in another buffer.</summary>
    public readonly JsonPosition Position => position;

    /// <summary>What this writer has written; the document may go on.</summary>
    public readonly ReadOnlySpan<byte> Written
    {
        get
        {
            Require(!text.IsCut && !hasName);
            return text.Written;
        }
    }

    /// <summary>The whole document and a line feed; to be taken once, at its end.</summary>
    public ReadOnlySpan<byte> Document
    {
        get
        {
            Require(position.Depth == 0);
            text.Append("\n"u8);
            return Written;
        }
    }

    public void BeginObject() => Begin("{"u8, isArray: false);

    public void BeginObject(scoped ReadOnlySpan<byte> name)
    {
        Name(name);
        BeginObject();
    }

    public void EndObject() => End("}"u8, isArray: false);

    public void BeginArray() => Begin("["u8, isArray: true);

    public void BeginArray(scoped ReadOnlySpan<byte> name)
    {
        Name(name);
        BeginArray();
    }

    public void EndArray() => End("]"u8, isArray: true);

    public void Member(scoped ReadOnlySpan<byte> name, long number)
    {
        Name(name);
        Value(number);
    }

    public void Member(scoped ReadOnlySpan<byte> name, bool value)
    {
        Name(name);
        Separate();
        text.Append(value ? "true"u8 : "false"u8);
    }

    /// <summary>A string, of UTF-8; bytes that are not are written as U+FFFD.</summary>
    public void Member(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        Name(name);
        Value(value);
    }

    /// <summary>A number with decimals.</summary>
    public void Member(scoped ReadOnlySpan<byte> name, FixedPoint number)
    {
        Name(name);
        Separate();
        text.Append(number);
    }

    public void Null(scoped ReadOnlySpan<byte> name)
    {
        Name(name);
        Separate();
        text.Append("null"u8);
    }

    /// <summary>The name of the member whose value is written next.</summary>
    public void Name(scoped ReadOnlySpan<byte> name)
    {
        Require(!hasName && position.Depth > 0 && (position.IsArray & 1) == 0);
        Separate();
        AppendString(name);
        text.Append(":"u8);
        hasName = true;
    }

    public void Value(long number)
    {
        Separate();
        text.Append(number);
    }

    public void Value(scoped ReadOnlySpan<byte> value)
    {
        Separate();
        AppendString(value);
    }

    /// <summary>What stands before a name or a value: a comma if need be. The elements of an
    /// outermost array have a line each.</summary>
    private void Separate()
    {
        if (hasName)
        {
            hasName = false;
            return;
        }
        if (position.Depth == 0) return;
        if ((position.HasElements & 1) != 0) text.Append(","u8);
        if (IsListOfLines) text.Append("\n"u8);
        position.HasElements |= 1;
    }

    private readonly bool IsListOfLines => position.Depth == 1 && (position.IsArray & 1) != 0;

    private void Begin(ReadOnlySpan<byte> bracket, bool isArray)
    {
        Require(position.Depth < MaxDepth
            && (hasName || position.Depth == 0 || (position.IsArray & 1) != 0));
        Separate();
        text.Append(bracket);
        position.Depth++;
        position.HasElements <<= 1;
        position.IsArray = (position.IsArray << 1) | (isArray ? 1UL : 0);
    }

    private void End(ReadOnlySpan<byte> bracket, bool isArray)
    {
        Require(!hasName && position.Depth > 0 && (position.IsArray & 1) != 0 == isArray);
        if (IsListOfLines && (position.HasElements & 1) != 0) text.Append("\n"u8);
        text.Append(bracket);
        position.Depth--;
        position.HasElements >>= 1;
        position.IsArray >>= 1;
    }

    private void AppendString(scoped ReadOnlySpan<byte> utf8)
    {
        text.Append("\""u8);
        while (!utf8.IsEmpty)
        {
            bool isValid = System.Text.Rune.DecodeFromUtf8(utf8, out _, out int length)
                == System.Buffers.OperationStatus.Done;
            if (!isValid) text.Append("\ufffd"u8);
            else if (length > 1) text.Append(utf8[..length]);
            else AppendAscii(utf8[0]);
            utf8 = utf8[length..];
        }
        text.Append("\""u8);
    }

    private void AppendAscii(byte one)
    {
        const string digits = "0123456789abcdef";
        if (one < ' ')
        {
            text.Append("\\u00"u8);
            text.Append([(byte)digits[one >> 4], (byte)digits[one & 0xF]]);
            return;
        }
        if (one is (byte)'"' or (byte)'\\') text.Append("\\"u8);
        text.Append([one]);
    }

    private static void Require(bool isTrue)
    {
        if (!isTrue) InternalError.Abort("a JSON document"u8, Tmds.Linux.LibC.ENOBUFS);
    }
}
