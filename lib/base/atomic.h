/* base/atomic.h - read-modify-write on shared words, for those who may write them.
 *
 * Loads and stores are in <pagecast/control.h>. These write, so a reader must never use them: its
 * pages are read-only and even a failing compare-exchange faults there.                          */
#ifndef PC_BASE_ATOMIC_H
#define PC_BASE_ATOMIC_H
#include <pagecast/control.h>

#if defined(__GNUC__) || defined(__clang__)
static inline uint32_t pc_add_u32(uint32_t *p, uint32_t n)
{
	return __atomic_fetch_add(p, n, __ATOMIC_ACQ_REL);
}
static inline uint32_t pc_or_u32(uint32_t *p, uint32_t bits)
{
	return __atomic_fetch_or(p, bits, __ATOMIC_ACQ_REL);
}
static inline uint32_t pc_swap_u32(uint32_t *p, uint32_t v)
{
	return __atomic_exchange_n(p, v, __ATOMIC_ACQ_REL);
}
/** True if *p was @p want and is now @p v. */
static inline int pc_cas_u32(uint32_t *p, uint32_t want, uint32_t v)
{
	return __atomic_compare_exchange_n(p, &want, v, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
#elif defined(_MSC_VER)
static inline uint32_t pc_add_u32(uint32_t *p, uint32_t n)
{
	return (uint32_t)_InterlockedExchangeAdd((volatile long *)p, (long)n);
}
static inline uint32_t pc_or_u32(uint32_t *p, uint32_t bits)
{
	return (uint32_t)_InterlockedOr((volatile long *)p, (long)bits);
}
static inline uint32_t pc_swap_u32(uint32_t *p, uint32_t v)
{
	return (uint32_t)_InterlockedExchange((volatile long *)p, (long)v);
}
static inline int pc_cas_u32(uint32_t *p, uint32_t want, uint32_t v)
{
	return (uint32_t)_InterlockedCompareExchange((volatile long *)p, (long)v, (long)want) == want;
}
#endif

#endif
