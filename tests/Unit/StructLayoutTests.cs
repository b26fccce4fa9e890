// The structures that Interop/ declares are held against C: a small C program prints the real
// sizes and offsets.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Epollecho.Interop;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed unsafe class StructLayoutTests
{
    [Fact]
    public void Structures_and_constants_are_those_of_C()
    {
        SocketAddress address = default;
        byte* start = (byte*)&address;
        SignalInformation signal = default;
        ResourceLimit limit = default;
        ArgpOption option = default;
        ArgpParser parser = default;
        ArgpState state = default;
        Dictionary<string, long> ours = new()
        {
            ["struct sockaddr_in"] = SocketAddress.AnyIpv4.Length,
            ["struct sockaddr_in6"] = sizeof(SocketAddress),
            ["struct sockaddr_in.sin_port"] = (byte*)&address.PortInNetworkOrder - start,
            ["struct sockaddr_in.sin_addr"] = (byte*)&address.Ipv4 - start,
            ["struct sockaddr_in6.sin6_port"] = (byte*)&address.PortInNetworkOrder - start,
            ["struct sockaddr_in6.sin6_addr"] = address.Ipv6 - start,
            ["struct sockaddr_in6.sin6_scope_id"] = (byte*)&address.ScopeId - start,
            ["struct epoll_event"] = sizeof(epoll_event),
            ["struct epoll_event.data"] = EpollDataOffset(),
            ["struct signalfd_siginfo"] = sizeof(SignalInformation),
            ["struct signalfd_siginfo.ssi_signo"] = (byte*)&signal.Number - (byte*)&signal,
            ["struct rlimit"] = sizeof(ResourceLimit),
            ["struct rlimit.rlim_max"] = (byte*)&limit.Hard - (byte*)&limit,
            ["struct argp_option"] = sizeof(ArgpOption),
            ["struct argp_option.key"] = (byte*)&option.Key - (byte*)&option,
            ["struct argp_option.arg"] = (byte*)&option.ArgumentName - (byte*)&option,
            ["struct argp_option.doc"] = (byte*)&option.Documentation - (byte*)&option,
            ["struct argp_option.group"] = (byte*)&option.Group - (byte*)&option,
            ["struct argp"] = sizeof(ArgpParser),
            ["struct argp.parser"] = (byte*)&parser.Parse - (byte*)&parser,
            ["struct argp.args_doc"] = (byte*)&parser.ArgumentsDocumentation - (byte*)&parser,
            ["struct argp.doc"] = (byte*)&parser.Documentation - (byte*)&parser,
            ["struct argp_state.arg_num"] = (byte*)&state.ArgumentNumber - (byte*)&state,
            ["struct argp_state.input"] = (byte*)&state.Input - (byte*)&state,
            ["ARGP_KEY_ARG"] = Argp.KeyArgument,
            ["ARGP_ERR_UNKNOWN"] = Argp.UnknownKey,
            ["RLIMIT_NOFILE"] = 7,
            ["SFD_NONBLOCK"] = 0x800,
            ["SFD_CLOEXEC"] = 0x80000,
        };
        Assert.Equal(LayoutsOfC().OrderBy(pair => pair.Key), ours.OrderBy(pair => pair.Key));
    }

    private static long EpollDataOffset()
    {
        epoll_event one = default;
        one.data.u64 = 0x0102030405060708;
        return new ReadOnlySpan<byte>(&one, sizeof(epoll_event)).IndexOf((byte)8);
    }

    private static Dictionary<string, long> LayoutsOfC()
    {
        using TemporaryFolder folder = new();
        string program = folder.File("layouts");
        Finished compiled = Tools.Run(
            "gcc", "-Wall", "-Werror", "-o", program, Path.Combine(Tools.Root, "tests/layouts.c"));
        Assert.True(compiled.Status == 0, compiled.Error);
        return Tools.Run(program).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(
                line => line[..line.LastIndexOf(' ')],
                line => long.Parse(
                    line[line.LastIndexOf(' ')..], CultureInfo.InvariantCulture));
    }
}
