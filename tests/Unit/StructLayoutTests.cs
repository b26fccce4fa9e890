// The structures and constants that Interop/ declares are held against C: a small C program prints
// the real sizes, offsets and values.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Epollecho.Interop;
using Epollecho.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed unsafe class StructLayoutTests
{
    private const BindingFlags Static =
        BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private const BindingFlags Instance =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly Dictionary<string, long> ours = [];
    private readonly HashSet<Type> declared = [];

    [Fact]
    public void Structures_and_constants_are_those_of_C()
    {
        AddStructures();
        AddStructuresOfArgp();
        AddStructuresOfThePackage();
        AddConstants();
        Dictionary<string, long> real = LayoutsOfC();
        Assert.True(real.Remove("posix_spawn_file_actions_t", out long actions));
        Assert.True(real.Remove("posix_spawnattr_t", out long attributes));
        Assert.InRange(actions, 1, ChildProcess.FileActionsBytes);
        Assert.InRange(attributes, 1, ChildProcess.AttributesBytes);
        Assert.Equal(real.OrderBy(pair => pair.Key), ours.OrderBy(pair => pair.Key));
    }

    [Fact]
    public void Every_structure_and_constant_of_Interop_is_compared()
    {
        AddStructures();
        AddStructuresOfArgp();
        AddConstants();
        Type[] types = [.. typeof(Errno).Assembly.GetTypes().Where(
            type => type.Namespace == typeof(Errno).Namespace
                && !type.IsDefined(typeof(CompilerGeneratedAttribute)))];
        Type[] structures = [.. types.Where(type => type.IsValueType && !type.IsEnum)];
        // Pipe is no structure of C: two descriptors side by side.
        Assert.Equal(
            declared.Append(typeof(Pipe)).Select(type => type.Name).Order(),
            structures.Select(type => type.Name).Order());
        // A constant that has its name from C has no small letter in it, but for SYS_sendto.
        string[] constants = [.. types.SelectMany(type => type.GetMembers(Static))
            .Where(member => member is FieldInfo { IsLiteral: true } or PropertyInfo)
            .Select(member => member.Name)
            .Where(name => name.StartsWith("SYS_", StringComparison.Ordinal)
                || !name.Any(char.IsLower))];
        Assert.Contains("WNOHANG", constants);
        Assert.Subset(ours.Keys.ToHashSet(), constants.ToHashSet());
    }

    private void AddStructures()
    {
        ours["struct sockaddr_in"] = SocketAddress.AnyIpv4.Length;
        ours["struct sockaddr_in.sin_family"] = Offset<SocketAddress>("Family");
        ours["struct sockaddr_in.sin_port"] = Offset<SocketAddress>("PortInNetworkOrder");
        ours["struct sockaddr_in.sin_addr"] = Offset<SocketAddress>("Ipv4");
        ours["struct sockaddr_in6"] = sizeof(SocketAddress);
        ours["struct sockaddr_in6.sin6_family"] = Offset<SocketAddress>("Family");
        ours["struct sockaddr_in6.sin6_port"] = Offset<SocketAddress>("PortInNetworkOrder");
        ours["struct sockaddr_in6.sin6_addr"] = Offset<SocketAddress>("Ipv6");
        ours["struct sockaddr_in6.sin6_scope_id"] = Offset<SocketAddress>("ScopeId");
        declared.Add(typeof(SocketAddress));
        Add<SignalInformation>("struct signalfd_siginfo", [("Number", "ssi_signo")]);
        Add<ResourceLimit>("struct rlimit", [("Soft", "rlim_cur"), ("Hard", "rlim_max")]);
        Add<AddressInformation>("struct addrinfo", [
            ("Flags", "ai_flags"), ("Family", "ai_family"), ("SocketType", "ai_socktype"),
            ("Protocol", "ai_protocol"), ("Length", "ai_addrlen"), ("Address", "ai_addr"),
            ("CanonicalName", "ai_canonname"), ("Next", "ai_next")]);
        Add<ProgramHeader>("Elf64_Phdr", [
            ("Type", "p_type"), ("Flags", "p_flags"), ("Offset", "p_offset"),
            ("Address", "p_vaddr"), ("PhysicalAddress", "p_paddr"), ("FileSize", "p_filesz"),
            ("MemorySize", "p_memsz"), ("Alignment", "p_align")]);
        ours["fd_set"] = sizeof(DescriptorSet);
        declared.Add(typeof(DescriptorSet));
        Add<Select.TimeValue>("struct timeval", [
            ("Seconds", "tv_sec"), ("Microseconds", "tv_usec")]);
    }

    private void AddStructuresOfArgp()
    {
        Add<ArgpOption>("struct argp_option", [
            ("Name", "name"), ("Key", "key"), ("ArgumentName", "arg"), ("Flags", "flags"),
            ("Documentation", "doc"), ("Group", "group")]);
        Add<ArgpParser>("struct argp", [
            ("Options", "options"), ("Parse", "parser"), ("ArgumentsDocumentation", "args_doc"),
            ("Documentation", "doc"), ("Children", "children"), ("HelpFilter", "help_filter"),
            ("Domain", "argp_domain")]);
        Add<ArgpState>("struct argp_state", [
            ("Root", "root_argp"), ("Count", "argc"), ("Arguments", "argv"), ("Next", "next"),
            ("Flags", "flags"), ("ArgumentNumber", "arg_num"), ("Quoted", "quoted"),
            ("Input", "input")]);
        ours.Remove("struct argp_state"); // C's goes on behind what is declared of it
    }

    private void AddStructuresOfThePackage()
    {
        epoll_event epollEvent = new() { data = new() { u64 = 8 } };
        pollfd pollItem = new() { events = 4, revents = 6 };
        stat status = default;
        linger lingering = new() { l_linger = 4 };
        ours["struct epoll_event"] = sizeof(epoll_event);
        ours["struct epoll_event.data"] = Find(&epollEvent, sizeof(epoll_event), 8);
        ours["struct pollfd"] = sizeof(pollfd);
        ours["struct pollfd.events"] = Find(&pollItem, sizeof(pollfd), 4);
        ours["struct pollfd.revents"] = Find(&pollItem, sizeof(pollfd), 6);
        ours["struct timespec"] = sizeof(timespec);
        ours["struct iovec"] = sizeof(iovec);
        ours["struct stat"] = sizeof(stat);
        ours["struct stat.st_mode"] = (byte*)&status.st_mode - (byte*)&status;
        ours["struct sigaction"] = sizeof(sigaction);
        ours["struct linger"] = sizeof(linger);
        ours["struct linger.l_linger"] = Find(&lingering, sizeof(linger), 4);
        ours["sigset_t"] = sizeof(sigset_t);
        ours["socklen_t"] = sizeof(socklen_t);
        ours["pid_t"] = sizeof(pid_t);
        ours["mode_t"] = sizeof(mode_t);
        ours["cpu_set_t"] = sizeof(cpu_set_t);
    }

    private void AddConstants()
    {
        ours["ARGP_KEY_ARG"] = Argp.KeyArgument;
        ours["ARGP_ERR_UNKNOWN"] = Argp.UnknownKey;
        ours["OPTION_ARG_OPTIONAL"] = Argp.OptionalArgument;
        ours["WNOHANG"] = ChildProcess.WNOHANG;
        ours["POSIX_SPAWN_SETPGROUP"] = ChildProcess.POSIX_SPAWN_SETPGROUP;
        ours["CLOCK_MONOTONIC"] = Clock.CLOCK_MONOTONIC;
        ours["RWF_NOWAIT"] = Files.RWF_NOWAIT;
        ours["RLIMIT_NOFILE"] = Process.RLIMIT_NOFILE;
        ours["CLOSE_RANGE_UNSHARE"] = Process.CLOSE_RANGE_UNSHARE;
        ours["PR_SET_PDEATHSIG"] = Process.PR_SET_PDEATHSIG;
        ours["PR_SET_TIMERSLACK"] = Process.PR_SET_TIMERSLACK;
        ours["AT_PHDR"] = (long)ProgramImage.AT_PHDR;
        ours["AT_PHNUM"] = (long)ProgramImage.AT_PHNUM;
        ours["AT_EXECFN"] = (long)ProgramImage.AT_EXECFN;
        ours["PT_LOAD"] = ProgramImage.PT_LOAD;
        ours["PF_X"] = ProgramImage.PF_X;
        ours["EAI_NONAME"] = Resolver.EAI_NONAME;
        ours["EAI_SYSTEM"] = Resolver.EAI_SYSTEM;
        ours["FD_SETSIZE"] = DescriptorSet.Capacity;
        ours["SFD_NONBLOCK"] = Signals.SFD_NONBLOCK;
        ours["SFD_CLOEXEC"] = Signals.SFD_CLOEXEC;
        ours["IF_NAMESIZE"] = SocketAddress.IF_NAMESIZE;
        ours["SYS_sendto"] = SystemCall.SYS_sendto;
        ours["SYS_recvfrom"] = SystemCall.SYS_recvfrom;
        ours["AF_UNSPEC"] = Resolver.AnyFamily;
        ours["INET6_ADDRSTRLEN"] = LibC.INET6_ADDRSTRLEN;
        ours["F_SETPIPE_SZ"] = LibC.F_SETPIPE_SZ;
        ours["SPLICE_F_MOVE"] = LibC.SPLICE_F_MOVE;
        ours["SPLICE_F_NONBLOCK"] = LibC.SPLICE_F_NONBLOCK;
        ours["FIONREAD"] = LibC.FIONREAD;
        ours["S_IFMT"] = (uint)LibC.S_IFMT;
        ours["S_IFREG"] = (uint)LibC.S_IFREG;
        ours["S_IFIFO"] = (uint)LibC.S_IFIFO;
        ours["S_IFSOCK"] = (uint)LibC.S_IFSOCK;
        ours["S_IFCHR"] = (uint)LibC.S_IFCHR;
    }

    // All fields must be named, so that none is left out.
    private void Add<T>(string structure, (string Ours, string OfC)[] fields)
        where T : unmanaged
    {
        Assert.Equal(typeof(T).GetFields(Instance).Select(field => field.Name).Order(),
            fields.Select(field => field.Ours).Order());
        declared.Add(typeof(T));
        ours[structure] = sizeof(T);
        foreach ((string name, string nameOfC) in fields)
            ours[$"{structure}.{nameOfC}"] = Offset<T>(name);
    }

    // The field's address less that of the structure, a local variable.
    private static long Offset<T>(string field)
    {
        DynamicMethod method = new("Offset", typeof(long), [], typeof(T), skipVisibility: true);
        ILGenerator code = method.GetILGenerator();
        LocalBuilder structure = code.DeclareLocal(typeof(T));
        code.Emit(OpCodes.Ldloca, structure);
        code.Emit(OpCodes.Ldflda, typeof(T).GetField(field, Instance)!);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Ldloca, structure);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Sub);
        code.Emit(OpCodes.Conv_I8);
        code.Emit(OpCodes.Ret);
        return (long)method.Invoke(null, null)!;
    }

    // Where a byte is, for fields that the package shows as properties.
    private static long Find(void* structure, int size, byte value) =>
        new ReadOnlySpan<byte>(structure, size).IndexOf(value);

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
