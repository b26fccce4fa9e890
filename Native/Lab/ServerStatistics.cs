// The fields of the server's line of statistics that the experiments use.
using System;
using System.Buffers.Text;
using Epollecho.Native.Base;

namespace Epollecho.Native.Lab;

internal struct ServerStatistics
{
    public long Connections;
    public long Turns;
    public Duration Wait;

    /// <summary>Reads them from a line; false if it is another line of the log.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out ServerStatistics statistics)
    {
        statistics = default;
        if (line.IndexOf("statistics:"u8) < 0) return false;
        statistics.Connections = Field(line, " connections="u8);
        statistics.Turns = Field(line, " turns="u8);
        statistics.Wait = Duration.FromMicroseconds(Field(line, " wait_us="u8));
        return true;
    }

    /// <summary>The number behind a field's name; 0 if there is none.</summary>
    public static long Field(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name)
    {
        int at = line.IndexOf(name);
        if (at < 0 || !Utf8Parser.TryParse(line[(at + name.Length)..], out long value, out _))
            return 0;
        return value;
    }
}
