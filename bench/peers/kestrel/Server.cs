// An echo server on Kestrel's connection handlers, without HTTP. Usage: Server PORT
using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

if (args.Length != 1)
    return 64;
var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.WebHost.UseKestrelCore();
builder.WebHost.UseSockets(options =>
{
    options.NoDelay = true;
    options.Backlog = 4096;
    options.MaxWriteBufferSize = options.MaxReadBufferSize; // 1 MB; by default 64 KB
    // The handler never blocks, so it may run where the socket is polled, as the documentation
    // advises together with DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1.
    options.UnsafePreferInlineScheduling = true;
});
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
    IPAddress.Loopback, int.Parse(args[0]), listen => listen.UseConnectionHandler<Echo>()));
await builder.Build().RunAsync();
return 0;

internal sealed class Echo : ConnectionHandler
{
    // Flushing waits while the client does not read: Kestrel's limits bound the memory.
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        var output = connection.Transport.Output;
        while (true)
        {
            var result = await input.ReadAsync();
            foreach (var block in result.Buffer)
                output.Write(block.Span);
            input.AdvanceTo(result.Buffer.End);
            var flushed = await output.FlushAsync();
            if (result.IsCompleted || flushed.IsCompleted)
                return;
        }
    }
}
