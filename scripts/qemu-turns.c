// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into QEMU with -icount sleep=off and one CPU: the main loop and
 * the CPU thread take turns.
 *
 * While the CPU is halted, QEMU's main loop moves the virtual clock on to the
 * next timer. If it looks while the CPU thread is on its way out of a halt
 * instruction, it sees a halted CPU whose last instructions have not been
 * accounted for yet (QEMU 7.2: icount_start_warp_timer() against
 * icount_process_data()), and moves the clock too far, by as many ns. That
 * happens about once in 10 s of simulated time, at the host's pleasure, and
 * no two runs are the same from there on.
 *
 * So the main loop does not get QEMU's big lock before the CPU thread waits.
 * The big lock is the mutex that the CPU thread gives to pthread_cond_wait().
 * QEMU names its threads with -name ...,debug-threads=on.
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CPU_THREAD	"ALL CPUs/TCG"

/*
 * A guest that spins on what the main loop has to do first gets through. Until
 * then the CPU thread has run for so long: on a busy host it may not run for
 * longer than that, in the middle of its way out of a halt instruction. The
 * second time bounds what nothing should need.
 */
#define PATIENCE_NS	100000000L
#define PATIENCE_WAITS	100

static pthread_mutex_t *big_lock;
/* Written by the CPU thread, under the big lock */
static int cpu_waits;
/* Set before the big lock is: how long the CPU thread has run */
static clockid_t cpu_clock;

/*
 * Who calls is found out once: the CPU thread takes locks whenever it stops and
 * goes on, and three system calls there are half of what QEMU needs.
 */
static bool in_cpu_thread(void)
{
	static __thread int known;
	char name[16] = "";

	if (!known) {
		pthread_getname_np(pthread_self(), name, sizeof(name));
		known = strcmp(name, CPU_THREAD) ? -1 : 1;
	}
	return known > 0;
}

static bool in_main_loop(void)
{
	static __thread int known;

	if (!known)
		known = gettid() == getpid() ? 1 : -1;
	return known > 0;
}

int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	static int (*wait)(pthread_cond_t *cond, pthread_mutex_t *mutex);
	bool cpu = in_cpu_thread();
	int ret;

	if (!wait)
		wait = dlsym(RTLD_NEXT, "pthread_cond_wait");
	if (cpu) {
		pthread_getcpuclockid(pthread_self(), &cpu_clock);
		__atomic_store_n(&big_lock, mutex, __ATOMIC_RELEASE);
		__atomic_store_n(&cpu_waits, 1, __ATOMIC_RELEASE);
		syscall(SYS_futex, &cpu_waits, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	}
	ret = wait(cond, mutex);
	if (cpu)
		__atomic_store_n(&cpu_waits, 0, __ATOMIC_RELEASE);
	return ret;
}

/* How long the CPU thread has run; when it has ended, longer than any patience */
static long long cpu_ran_ns(void)
{
	struct timespec ts;

	if (clock_gettime(cpu_clock, &ts))
		return LLONG_MAX;
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	static int (*lock)(pthread_mutex_t *mutex);
	const struct timespec patience = { .tv_nsec = PATIENCE_NS };
	int ret, waits = PATIENCE_WAITS;
	long long began_ns;

	if (!lock)
		lock = dlsym(RTLD_NEXT, "pthread_mutex_lock");
	ret = lock(mutex);
	if (!in_main_loop() || mutex != __atomic_load_n(&big_lock, __ATOMIC_ACQUIRE))
		return ret;
	if (ret || __atomic_load_n(&cpu_waits, __ATOMIC_ACQUIRE))
		return ret;
	began_ns = cpu_ran_ns();
	if (began_ns == LLONG_MAX)
		return ret;
	while (!ret && !__atomic_load_n(&cpu_waits, __ATOMIC_ACQUIRE)) {
		long late;

		pthread_mutex_unlock(mutex);
		late = syscall(SYS_futex, &cpu_waits, FUTEX_WAIT_PRIVATE, 0, &patience, NULL, 0);
		late = late < 0 && errno == ETIMEDOUT;
		ret = lock(mutex);
		if (late && (cpu_ran_ns() >= began_ns + PATIENCE_NS || !waits--))
			break;
	}
	return ret;
}
