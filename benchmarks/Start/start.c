/*
 * Starts a program once and prints the times of its first line and of its end, in microseconds since just before the start, and its
 * largest resident size in kilobytes. Both programs print the first line when their save is durable.
 *
 * In C, because a child's largest resident size counts from the memory of the process that forked it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
    int out[2], status;
    char byte;
    struct rusage usage;

    if (argc < 2 || pipe(out) != 0)
        return 2;
    long long started = now();
    pid_t child = fork();
    if (child < 0)
        return 2;
    if (child == 0) {
        dup2(out[1], STDOUT_FILENO);
        close(out[0]);
        close(out[1]);
        execv(argv[1], argv + 1);
        _exit(127);
    }

    close(out[1]);
    long long first = read(out[0], &byte, 1) == 1 ? now() : 0;
    char rest[4096];
    while (read(out[0], rest, sizeof rest) > 0) {
    }
    if (wait4(child, &status, 0, &usage) != child)
        return 2;
    long long ended = now();
    if (first == 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "%s failed\n", argv[1]);
        return 1;
    }
    printf("%lld %lld %ld\n", first - started, ended - started, usage.ru_maxrss);
    return 0;
}
