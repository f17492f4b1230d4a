/* tell.c - what the load client found, as one line of JSON. */
#define _GNU_SOURCE
#include "viewer.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

double fan_cpu_s(pid_t server)
{
	clockid_t clock;
	struct timespec t;
	if (!server || clock_getcpuclockid(server, &clock) || clock_gettime(clock, &t)) return 0;
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long rss_kb(pid_t server)
{
	char path[64];
	long all, resident = 0;
	FILE *f;
	(void)snprintf(path, sizeof path, "/proc/%d/statm", (int)server);
	f = server ? fopen(path, "r") : NULL;
	if (!f) return 0;
	if (fscanf(f, "%ld %ld", &all, &resident) != 2) resident = 0;
	(void)fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static double age_ms(double share)
{
	return fan.age_count ? fan.ages_us[(size_t)((double)(fan.age_count - 1) * share)] / 1e3 : 0;
}

void fan_tell(unsigned viewers, double seconds, double cpu, pid_t server)
{
	size_t stale = 0;
	for (size_t i = 0; i < fan.age_count; i++) stale += fan.ages_us[i] > 100000;
	qsort(fan.ages_us, fan.age_count, sizeof fan.ages_us[0], by_value);
	printf("{\"viewers\": %u, \"seconds\": %.3f, \"frames\": %llu, \"updates\": %llu, \"bytes\": %llu, \"cpu_s\": "
	       "%.4f, "
	       "\"rss_kb\": %ld, \"ages\": %zu, \"stale\": %zu, \"p50_ms\": %.3f, \"p90_ms\": %.3f, \"p99_ms\": %.3f, "
	       "\"max_ms\": %.3f}\n",
	       viewers, seconds, (unsigned long long)fan.frames, (unsigned long long)fan.updates,
	       (unsigned long long)fan.bytes, cpu, rss_kb(server), fan.age_count, stale, age_ms(0.5), age_ms(0.9),
	       age_ms(0.99), age_ms(1));
}
