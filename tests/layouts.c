/* Prints the size and offsets of the C structures that Interop/ declares anew, one a line. */
#define _GNU_SOURCE
#include <argp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#define SIZE(type) printf("%s %zu\n", #type, sizeof(type))
#define OFFSET(type, field) printf("%s.%s %zu\n", #type, #field, offsetof(type, field))
#define VALUE(name) printf("%s %lld\n", #name, (long long)(name))

int main(void)
{
    SIZE(struct sockaddr_in);
    SIZE(struct sockaddr_in6);
    OFFSET(struct sockaddr_in, sin_port);
    OFFSET(struct sockaddr_in, sin_addr);
    OFFSET(struct sockaddr_in6, sin6_port);
    OFFSET(struct sockaddr_in6, sin6_addr);
    OFFSET(struct sockaddr_in6, sin6_scope_id);
    SIZE(struct epoll_event);
    OFFSET(struct epoll_event, data);
    SIZE(struct signalfd_siginfo);
    OFFSET(struct signalfd_siginfo, ssi_signo);
    SIZE(struct rlimit);
    OFFSET(struct rlimit, rlim_max);
    SIZE(struct argp_option);
    OFFSET(struct argp_option, key);
    OFFSET(struct argp_option, arg);
    OFFSET(struct argp_option, doc);
    OFFSET(struct argp_option, group);
    SIZE(struct argp);
    OFFSET(struct argp, parser);
    OFFSET(struct argp, args_doc);
    OFFSET(struct argp, doc);
    OFFSET(struct argp_state, arg_num);
    OFFSET(struct argp_state, input);
    VALUE(ARGP_KEY_ARG);
    VALUE(ARGP_ERR_UNKNOWN);
    VALUE(RLIMIT_NOFILE);
    VALUE(SFD_NONBLOCK);
    VALUE(SFD_CLOEXEC);
    return 0;
}
