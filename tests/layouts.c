/* Prints, one a line: the size and offsets of the C structures that Interop/ declares anew, the
 * values of its constants, and the sizes of the structures of Tmds.LibC that Interop/ uses. */
#define _GNU_SOURCE
#include <argp.h>
#include <elf.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SIZE(type) printf("%s %zu\n", #type, sizeof(type))
#define OFFSET(type, field) printf("%s.%s %zu\n", #type, #field, offsetof(type, field))
#define VALUE(name) printf("%s %lld\n", #name, (long long)(name))

static void structures(void)
{
    SIZE(struct sockaddr_in);
    OFFSET(struct sockaddr_in, sin_family);
    OFFSET(struct sockaddr_in, sin_port);
    OFFSET(struct sockaddr_in, sin_addr);
    SIZE(struct sockaddr_in6);
    OFFSET(struct sockaddr_in6, sin6_family);
    OFFSET(struct sockaddr_in6, sin6_port);
    OFFSET(struct sockaddr_in6, sin6_addr);
    OFFSET(struct sockaddr_in6, sin6_scope_id);
    SIZE(struct signalfd_siginfo);
    OFFSET(struct signalfd_siginfo, ssi_signo);
    SIZE(struct rlimit);
    OFFSET(struct rlimit, rlim_cur);
    OFFSET(struct rlimit, rlim_max);
    SIZE(struct addrinfo);
    OFFSET(struct addrinfo, ai_flags);
    OFFSET(struct addrinfo, ai_family);
    OFFSET(struct addrinfo, ai_socktype);
    OFFSET(struct addrinfo, ai_protocol);
    OFFSET(struct addrinfo, ai_addrlen);
    OFFSET(struct addrinfo, ai_addr);
    OFFSET(struct addrinfo, ai_canonname);
    OFFSET(struct addrinfo, ai_next);
    SIZE(Elf64_Phdr);
    OFFSET(Elf64_Phdr, p_type);
    OFFSET(Elf64_Phdr, p_flags);
    OFFSET(Elf64_Phdr, p_offset);
    OFFSET(Elf64_Phdr, p_vaddr);
    OFFSET(Elf64_Phdr, p_paddr);
    OFFSET(Elf64_Phdr, p_filesz);
    OFFSET(Elf64_Phdr, p_memsz);
    OFFSET(Elf64_Phdr, p_align);
    SIZE(fd_set);
    SIZE(struct timeval);
    OFFSET(struct timeval, tv_sec);
    OFFSET(struct timeval, tv_usec);
}

/* struct argp_state goes on behind what Interop/ declares of it: only its offsets count. */
static void structures_of_argp(void)
{
    SIZE(struct argp_option);
    OFFSET(struct argp_option, name);
    OFFSET(struct argp_option, key);
    OFFSET(struct argp_option, arg);
    OFFSET(struct argp_option, flags);
    OFFSET(struct argp_option, doc);
    OFFSET(struct argp_option, group);
    SIZE(struct argp);
    OFFSET(struct argp, options);
    OFFSET(struct argp, parser);
    OFFSET(struct argp, args_doc);
    OFFSET(struct argp, doc);
    OFFSET(struct argp, children);
    OFFSET(struct argp, help_filter);
    OFFSET(struct argp, argp_domain);
    OFFSET(struct argp_state, root_argp);
    OFFSET(struct argp_state, argc);
    OFFSET(struct argp_state, argv);
    OFFSET(struct argp_state, next);
    OFFSET(struct argp_state, flags);
    OFFSET(struct argp_state, arg_num);
    OFFSET(struct argp_state, quoted);
    OFFSET(struct argp_state, input);
}

static void structures_of_the_package(void)
{
    SIZE(struct epoll_event);
    OFFSET(struct epoll_event, data);
    SIZE(struct pollfd);
    OFFSET(struct pollfd, events);
    OFFSET(struct pollfd, revents);
    SIZE(struct timespec);
    SIZE(struct iovec);
    SIZE(struct stat);
    OFFSET(struct stat, st_mode);
    SIZE(struct sigaction);
    SIZE(struct linger);
    OFFSET(struct linger, l_linger);
    SIZE(sigset_t);
    SIZE(socklen_t);
    SIZE(pid_t);
    SIZE(mode_t);
    SIZE(cpu_set_t);
}

static void constants(void)
{
    VALUE(ARGP_KEY_ARG);
    VALUE(ARGP_ERR_UNKNOWN);
    VALUE(OPTION_ARG_OPTIONAL);
    VALUE(WNOHANG);
    VALUE(POSIX_SPAWN_SETPGROUP);
    VALUE(CLOCK_MONOTONIC);
    VALUE(RWF_NOWAIT);
    VALUE(RLIMIT_NOFILE);
    VALUE(CLOSE_RANGE_UNSHARE);
    VALUE(PR_SET_PDEATHSIG);
    VALUE(PR_SET_TIMERSLACK);
    VALUE(AT_PHDR);
    VALUE(AT_PHNUM);
    VALUE(AT_EXECFN);
    VALUE(PT_LOAD);
    VALUE(PF_X);
    VALUE(EAI_NONAME);
    VALUE(EAI_SYSTEM);
    VALUE(FD_SETSIZE);
    VALUE(SFD_NONBLOCK);
    VALUE(SFD_CLOEXEC);
    VALUE(IF_NAMESIZE);
    VALUE(SYS_sendto);
    VALUE(SYS_recvfrom);
    VALUE(AF_UNSPEC);
    VALUE(INET6_ADDRSTRLEN);
    VALUE(F_SETPIPE_SZ);
    VALUE(SPLICE_F_MOVE);
    VALUE(SPLICE_F_NONBLOCK);
    VALUE(FIONREAD);
    VALUE(S_IFMT);
    VALUE(S_IFREG);
    VALUE(S_IFIFO);
    VALUE(S_IFSOCK);
    VALUE(S_IFCHR);
}

int main(void)
{
    structures();
    structures_of_argp();
    structures_of_the_package();
    constants();
    /* Interop/ reserves room for these, which may be more than they take. */
    SIZE(posix_spawn_file_actions_t);
    SIZE(posix_spawnattr_t);
    return 0;
}
