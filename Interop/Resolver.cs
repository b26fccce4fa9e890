// Names to addresses, by libc's resolver (getaddrinfo(3)): /etc/hosts, then DNS as
// /etc/resolv.conf says, both of which are part of the static C library.
using System;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Epollecho.Interop;

internal static unsafe partial class Resolver
{
    /// <summary>AF_UNSPEC: IPv4 and IPv6.</summary>
    public static int AnyFamily => LibC.AF_UNSPEC;

    internal const int EAI_NONAME = -2;
    internal const int EAI_SYSTEM = -11; // and errno says what

    // An errno value is given as this number less the value: below every EAI_ constant.
    private const int FirstErrno = -1000;

    /// <summary>Writes the TCP addresses of a NUL-terminated name or numeric address into
    /// <paramref name="into"/>, in the resolver's order (RFC 6724), each with the port. How many,
    /// at least 1; or an error below 0, for <see cref="Describe"/>. It waits as long as the
    /// resolver does.</summary>
    public static int Resolve(byte* name, int family, ushort port, Span<SocketAddress> into)
    {
        Configure();
        AddressInformation hints = default;
        hints.Family = family;
        hints.SocketType = LibC.SOCK_STREAM; // else each address comes once for UDP, too
        AddressInformation* first;
        int error = getaddrinfo(name, null, &hints, &first);
        if (error == EAI_SYSTEM) return FirstErrno - Marshal.GetLastSystemError();
        if (error != 0) return error;
        int count = 0;
        for (AddressInformation* one = first; one != null && count < into.Length; one = one->Next)
        {
            if (one->Length > sizeof(SocketAddress)) continue; // a family of another kind
            SocketAddress address = default;
            Buffer.MemoryCopy(one->Address, &address, sizeof(SocketAddress), one->Length);
            address.Port = port;
            into[count++] = address;
        }
        freeaddrinfo(first);
        return count > 0 ? count : EAI_NONAME;
    }

    /// <summary>What an error of <see cref="Resolve"/> means: "Name or service not known".
    /// </summary>
    public static ReadOnlySpan<byte> Describe(int error) => error <= FirstErrno
        ? Errno.Description(FirstErrno - error)
        : MemoryMarshal.CreateReadOnlySpanFromNullTerminated(gai_strerror(error));

    /// <summary>Sources that nsswitch.conf(5) may name besides these two are shared objects of
    /// this machine's libc, which a static program must not load. And without a host.conf(5) that
    /// says multi, a name would have one address only in /etc/hosts.</summary>
    private static void Configure()
    {
        fixed (byte* database = "hosts"u8, sources = "files dns"u8)
            _ = __nss_configure_lookup(database, sources); // refused: as nsswitch.conf has it
        fixed (byte* name = "RESOLV_MULTI"u8, value = "on"u8)
            _ = setenv(name, value, 0); // refused for want of memory: as host.conf has it
    }

    [LibraryImport("libc")]
    private static partial int getaddrinfo(
        byte* node, byte* service, AddressInformation* hints, AddressInformation** result);

    [LibraryImport("libc")]
    private static partial void freeaddrinfo(AddressInformation* list);

    [LibraryImport("libc")]
    private static partial byte* gai_strerror(int error);

    [LibraryImport("libc")]
    private static partial int __nss_configure_lookup(byte* database, byte* sources);

    [LibraryImport("libc")]
    private static partial int setenv(byte* name, byte* value, int overwrites);
}

/// <summary>struct addrinfo (getaddrinfo(3)).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AddressInformation
{
    public int Flags;
    public int Family;
    public int SocketType;
    public int Protocol;
    public uint Length; // of the address, in bytes
    public void* Address; // struct sockaddr
    public byte* CanonicalName;
    public AddressInformation* Next;
}
