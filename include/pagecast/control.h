/* pagecast/control.h - the bytes that two processes share: control page, slot header, directory.
 * SPDX-License-Identifier: MIT
 *
 * Little-endian, natural alignment, no pointers; every offset is asserted below and explained in
 * docs/memory-format.md. Fields are plain fixed-width integers; concurrent access goes through the
 * pc_load_ and pc_store_ functions of this file only. Each field names its one writer:
 *   [O] owner, before publication, never again   [W] the writer   [A] whoever holds the writer lock
 * Times: `mono` = CLOCK_MONOTONIC of the machine, `unix` = wall clock, both in ns, for display only:
 * liveness never compares clocks of two processes.                                               */
#ifndef PAGECAST_CONTROL_H
#define PAGECAST_CONTROL_H
#include <stddef.h>
#include <stdint.h>
#ifdef _MSC_VER
#include <intrin.h>
#endif
#ifdef __cplusplus
extern "C" {
#define PC_STATIC_ASSERT(e, m) static_assert(e, m)
#else
#define PC_STATIC_ASSERT(e, m) _Static_assert(e, m)
#endif

#define PC_CONTROL_MAGIC      UINT64_C(0x0A01545341434750) /* "PGCAST\x01\n" */
#define PC_CONTROL_MAJOR      1u
#define PC_CONTROL_MINOR      0u
#define PC_CONTROL_BYTES      4096u
#define PC_CONTROL_ENDIAN     0x01020304u
#define PC_CONTROL_SUFFIX     ".pagecast" /* name of the control object = region name + this */
#define PC_NAME_BYTES         64u         /* with the final NUL */
#define PC_SLOT_MAX           64u
#define PC_LOCK_OFFSET_WRITER UINT64_C(0x7FFF0000) /* one byte each, beyond the end of the object */
#define PC_LOCK_OFFSET_OWNER  UINT64_C(0x7FFF0001)

/* ---- ordered access to shared words ------------------------------------------------------- */
/* clang-format off */
#if defined(__GNUC__) || defined(__clang__)
static inline uint32_t pc_load_acquire_u32(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static inline uint64_t pc_load_acquire_u64(const uint64_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static inline uint32_t pc_load_relaxed_u32(const uint32_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
static inline uint64_t pc_load_relaxed_u64(const uint64_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
static inline void pc_store_relaxed_u32(uint32_t *p, uint32_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
static inline void pc_store_relaxed_u64(uint64_t *p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
static inline void pc_store_release_u32(uint32_t *p, uint32_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
static inline void pc_store_release_u64(uint64_t *p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
static inline void pc_fence_acquire(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }
static inline void pc_fence_release(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }
#elif defined(_MSC_VER)
/* x64 only: aligned loads and stores are atomic and ordered; the barrier binds the compiler. Never
 * a compare-exchange to load: it writes, and readers map their pages read-only. */
static inline uint32_t pc_load_relaxed_u32(const uint32_t *p) { return *(const volatile uint32_t *)p; }
static inline uint64_t pc_load_relaxed_u64(const uint64_t *p) { return *(const volatile uint64_t *)p; }
static inline uint32_t pc_load_acquire_u32(const uint32_t *p) { uint32_t v = *(const volatile uint32_t *)p; _ReadWriteBarrier(); return v; }
static inline uint64_t pc_load_acquire_u64(const uint64_t *p) { uint64_t v = *(const volatile uint64_t *)p; _ReadWriteBarrier(); return v; }
static inline void pc_store_relaxed_u32(uint32_t *p, uint32_t v) { *(volatile uint32_t *)p = v; }
static inline void pc_store_relaxed_u64(uint64_t *p, uint64_t v) { *(volatile uint64_t *)p = v; }
static inline void pc_store_release_u32(uint32_t *p, uint32_t v) { _ReadWriteBarrier(); *(volatile uint32_t *)p = v; }
static inline void pc_store_release_u64(uint64_t *p, uint64_t v) { _ReadWriteBarrier(); *(volatile uint64_t *)p = v; }
static inline void pc_fence_acquire(void) { _ReadWriteBarrier(); }
static inline void pc_fence_release(void) { _ReadWriteBarrier(); }
#else
#error "pagecast/control.h: no atomic access known for this compiler"
#endif
/* clang-format on */

/* ---- enumerations stored in shared memory (values are for ever) ----------------------------- */
enum pc_region_flags {
	PC_REGION_LEGACY = 1u << 0,  /* written by programs without libpagecast; an observer fills slots */
	PC_REGION_FOREIGN = 1u << 1, /* the payload existed before its owner: never unlinked by us */
	PC_REGION_SYSTEM = 1u << 2,  /* the daemon's own: directory, status */
	PC_REGION_MIRROR = 1u << 3,  /* copy of a region on another machine: see the upstream group */
	PC_REGION_FILE = 1u << 4,    /* the payload is a file of the user's, at path_offset; also FOREIGN */
	PC_REGION_ADOPTED =
	        1u << 5 /* another program creates and writes it, and it may be absent; also LEGACY and FOREIGN */
};
enum pc_writer_state {
	PC_STATE_INIT = 0,
	PC_STATE_LIVE = 1,
	PC_STATE_CLOSED = 2,
	PC_STATE_RETIRED = 3,
	PC_STATE_RECOVERING = 4
};
enum pc_payload_flags {
	PC_PAYLOAD_SOURCE_STALE = 1u << 0, /* the writer lives, what it measures does not answer */
	PC_PAYLOAD_RECOVERED = 1u << 1,    /* put there by crash recovery, not by a commit */
	PC_PAYLOAD_TORN = 1u << 2,         /* legacy payload that changed while it was sampled */
	PC_PAYLOAD_MIRROR_STALE = 1u << 3,
	PC_PAYLOAD_REPLAY = 1u << 4 /* played back from a recording */
};
enum pc_liveness_kind {
	PC_LIVENESS_NONE = 0,
	PC_LIVENESS_ROBUST_FUTEX = 1, /* Linux: the kernel sets the death in the word */
	PC_LIVENESS_PROCESS = 2       /* Windows: the bytes at `robust` name a process; its end is asked for */
};
enum pc_schema_kind { PC_SCHEMA_NONE = 0, PC_SCHEMA_LAYOUT_TEXT = 1 };

/** What a reader knows of a region's writer; the same words in C, on the wire and in the dashboard. */
typedef enum pc_liveness {
	PC_ABSENT = 0,     /* no such object */
	PC_STARTING = 1,   /* no writer yet, or one that is recovering */
	PC_LIVE = 2,       /* the writer exists and its heartbeat moves */
	PC_STALE = 3,      /* the writer exists, its heartbeat has stood still for stale_after_ms */
	PC_DEAD = 4,       /* the writer ended without saying so */
	PC_CLOSED = 5,     /* the writer ended and said so */
	PC_RETIRED = 6,    /* this object was replaced by a newer one: open the name again */
	PC_LEGACY = 7,     /* written without libpagecast: only the age of the last change is known */
	PC_UNREACHABLE = 8 /* whoever observes the region for us is itself gone or silent */
} pc_liveness;

/* ---- control page --------------------------------------------------------------------------- */
typedef struct pc_control {
	/* 0x000 identity: immutable after publication; identity_crc covers [0x008, 0x0fc) */
	uint64_t magic;           /* [O] stored LAST, with release; 0 = not ready */
	uint16_t major, minor;    /* [O] */
	uint32_t control_bytes;   /* [O] PC_CONTROL_BYTES */
	uint32_t endian;          /* [O] PC_CONTROL_ENDIAN */
	uint32_t flags;           /* [O] enum pc_region_flags */
	uint64_t object_bytes;    /* [O] whole control object: page + schema + slots */
	uint64_t payload_bytes;   /* [O] size of the payload object, exact */
	uint64_t slot_offset;     /* [O] from the start of the control object, multiple of 64 */
	uint64_t slot_stride;     /* [O] >= 64 + payload_bytes, multiple of 64 */
	uint32_t slot_count;      /* [O] K, 0..PC_SLOT_MAX */
	uint32_t schema_kind;     /* [O] enum pc_schema_kind */
	uint64_t schema_id;       /* [O] FNV-1a 64 of the schema text, 0 if none */
	uint32_t schema_offset;   /* [O] from the start of the control object */
	uint32_t schema_bytes;    /* [O] without a final NUL */
	uint8_t instance[16];     /* [O] random id of the owner's run */
	uint8_t boot_id[16];      /* [O] of the machine */
	uint64_t region_id;       /* [O] owner's number for the region, 0 if standalone */
	uint64_t created_unix_ns; /* [O] */
	char name[64];            /* [O] as configured, NUL-ended */
	uint32_t heartbeat_ms;    /* [O] the writer beats at least this often */
	uint32_t stale_after_ms;  /* [O] silence after which it is stale */
	uint32_t dead_after_ms;   /* [O] silence after which it is dead if nothing better is known; 0 = never */
	uint32_t publish_hint_ms; /* [O] expected time between commits, 0 = unknown */
	uint32_t liveness_kind;   /* [O] enum pc_liveness_kind */
	uint32_t liveness_offset; /* [O] offset in this page of the robust futex word */
	uint64_t lock_offset;     /* [O] PC_LOCK_OFFSET_WRITER */
	uint64_t payload_file_id; /* [O] inode of the payload object, 0 where there is none */
	uint32_t notify_min_us;   /* [O] wakes for data are at least this far apart */
	uint32_t path_offset;     /* [O] where the payload's path lies, absolute, UTF-8; for PC_REGION_FILE */
	uint32_t path_bytes;      /* [O] without a final NUL; 0 if there is none */
	uint8_t reserved0[8];
	uint32_t identity_crc; /* [O] CRC32C */
	/* 0x100 writer: information for people, never the truth on liveness */
	uint32_t writer_pid;           /* [W] in the writer's pid namespace */
	uint32_t writer_uid;           /* [W] */
	uint64_t writer_start;         /* [W] /proc/PID/stat field 22, clock ticks since boot */
	uint64_t writer_pidns;         /* [W] inode of its pid namespace */
	uint64_t takeovers;            /* [A] writers attached so far */
	uint64_t recovered_payload;    /* [A] payloads restored from a slot after a crash */
	uint64_t recovered_slot;       /* [A] slots rewritten after a crash */
	uint64_t successor_region;     /* [A] set on retirement: region_id of the replacement, 0 unknown */
	char writer_name[32];          /* [W] program or plugin instance, NUL-ended */
	uint64_t successor_generation; /* [A] Windows: the control section in force, see docs/windows.md; else 0 */
	uint8_t reserved1[32];
	/* 0x180 hot line */
	uint64_t seq;            /* [W] odd = payload write in progress; never reset while the object lives */
	uint64_t tick;           /* [W] commits so far = number of the newest complete payload */
	uint64_t commit_mono_ns; /* [W] */
	uint64_t commit_unix_ns; /* [W] */
	uint32_t payload_flags;  /* [W] enum pc_payload_flags of the payload */
	uint32_t reserved2;
	uint64_t latest; /* [W] tick of the newest complete slot, stored with release */
	uint32_t state;  /* [A] enum pc_writer_state */
	uint32_t epoch;  /* [A] +1 per writer attach */
	uint64_t reserved3;
	/* 0x1c0 futex word on which readers wait */
	uint32_t notify; /* [W] +1 per wake */
	uint8_t reserved4[60];
	/* 0x200 heartbeat */
	uint64_t beat_count;       /* [W] moves while the committing thread runs */
	uint64_t beat_mono_ns;     /* [W] */
	uint64_t beat_unix_ns;     /* [W] */
	uint64_t beat_late_max_ns; /* [W] longest gap between two beats of this epoch */
	uint8_t reserved5[32];
	/* 0x240 robust mutex of the platform (pthread_mutex_t); its futex word is at liveness_offset */
	uint8_t robust[64]; /* [A] and the kernel */
	/* 0x280 where the data comes from, if not from the writer */
	uint8_t upstream[128]; /* [W] pc_upstream; zero unless PC_REGION_ADOPTED or PC_REGION_MIRROR */
	uint8_t reserved6[3328];
} pc_control;

#define PC_AT(type, field, offset) PC_STATIC_ASSERT(offsetof(type, field) == (offset), #type "." #field)
/* clang-format off */
PC_AT(pc_control, magic, 0x000); PC_AT(pc_control, major, 0x008); PC_AT(pc_control, minor, 0x00a);
PC_AT(pc_control, control_bytes, 0x00c); PC_AT(pc_control, endian, 0x010); PC_AT(pc_control, flags, 0x014);
PC_AT(pc_control, object_bytes, 0x018); PC_AT(pc_control, payload_bytes, 0x020); PC_AT(pc_control, slot_offset, 0x028);
PC_AT(pc_control, slot_stride, 0x030); PC_AT(pc_control, slot_count, 0x038); PC_AT(pc_control, schema_kind, 0x03c);
PC_AT(pc_control, schema_id, 0x040); PC_AT(pc_control, schema_offset, 0x048); PC_AT(pc_control, schema_bytes, 0x04c);
PC_AT(pc_control, instance, 0x050); PC_AT(pc_control, boot_id, 0x060); PC_AT(pc_control, region_id, 0x070);
PC_AT(pc_control, created_unix_ns, 0x078); PC_AT(pc_control, name, 0x080); PC_AT(pc_control, heartbeat_ms, 0x0c0);
PC_AT(pc_control, stale_after_ms, 0x0c4); PC_AT(pc_control, dead_after_ms, 0x0c8); PC_AT(pc_control, publish_hint_ms, 0x0cc);
PC_AT(pc_control, liveness_kind, 0x0d0); PC_AT(pc_control, liveness_offset, 0x0d4); PC_AT(pc_control, lock_offset, 0x0d8);
PC_AT(pc_control, payload_file_id, 0x0e0); PC_AT(pc_control, notify_min_us, 0x0e8); PC_AT(pc_control, path_offset, 0x0ec);
PC_AT(pc_control, path_bytes, 0x0f0); PC_AT(pc_control, successor_generation, 0x158); PC_AT(pc_control, identity_crc, 0x0fc);
PC_AT(pc_control, writer_pid, 0x100); PC_AT(pc_control, writer_uid, 0x104); PC_AT(pc_control, writer_start, 0x108);
PC_AT(pc_control, writer_pidns, 0x110); PC_AT(pc_control, takeovers, 0x118); PC_AT(pc_control, recovered_payload, 0x120);
PC_AT(pc_control, recovered_slot, 0x128); PC_AT(pc_control, successor_region, 0x130); PC_AT(pc_control, writer_name, 0x138);
PC_AT(pc_control, seq, 0x180); PC_AT(pc_control, tick, 0x188); PC_AT(pc_control, commit_mono_ns, 0x190);
PC_AT(pc_control, commit_unix_ns, 0x198); PC_AT(pc_control, payload_flags, 0x1a0); PC_AT(pc_control, latest, 0x1a8);
PC_AT(pc_control, state, 0x1b0); PC_AT(pc_control, epoch, 0x1b4); PC_AT(pc_control, notify, 0x1c0);
PC_AT(pc_control, beat_count, 0x200); PC_AT(pc_control, beat_mono_ns, 0x208); PC_AT(pc_control, beat_unix_ns, 0x210);
PC_AT(pc_control, beat_late_max_ns, 0x218); PC_AT(pc_control, robust, 0x240); PC_AT(pc_control, upstream, 0x280);
/* clang-format on */
PC_STATIC_ASSERT(sizeof(pc_control) == PC_CONTROL_BYTES, "control page is one page");

/** What an observer found out about the program whose bytes it publishes; the bytes of pc_control.upstream. */
typedef struct pc_upstream {
	uint32_t liveness; /* [W] pc_liveness of that program */
	uint32_t pid;      /* [W] its number, 0 unknown */
	char name[24];     /* [W] its name, NUL-ended; for people */
	char why[96];      /* [W] why it has that state, NUL-ended; for people */
} pc_upstream;
PC_STATIC_ASSERT(sizeof(pc_upstream) == sizeof(((pc_control *)0)->upstream), "upstream group");

/** Header of one shadow slot; payload_bytes of data follow. Slot of tick t: t % slot_count. */
typedef struct pc_slot {
	uint64_t seq;            /* [W] odd = write in progress */
	uint64_t tick;           /* [W] */
	uint64_t commit_mono_ns; /* [W] */
	uint64_t commit_unix_ns; /* [W] */
	uint32_t payload_flags;  /* [W] */
	uint32_t reserved0;
	uint64_t reserved1[3];
} pc_slot;
/* clang-format off */
PC_AT(pc_slot, seq, 0); PC_AT(pc_slot, tick, 8); PC_AT(pc_slot, commit_mono_ns, 16);
PC_AT(pc_slot, commit_unix_ns, 24); PC_AT(pc_slot, payload_flags, 32);
/* clang-format on */
PC_STATIC_ASSERT(sizeof(pc_slot) == 64, "slot header");

/* ---- directory: the payload of region `pagecast.<instance>` ---------------------------------- */
#define PC_DIRECTORY_PREFIX  "pagecast."
#define PC_DIRECTORY_VERSION 1u
typedef struct pc_directory_entry { /* 256 bytes; id == 0: unused */
	char name[64];              /* the region's key, as used by viewers and the CLI */
	char object[64];            /* name of the payload object */
	uint32_t id;                /* never reused while the daemon runs */
	uint32_t generation;        /* +1 when layout or size changed */
	uint64_t payload_bytes;
	uint64_t schema_id;
	uint32_t flags;       /* enum pc_region_flags */
	uint32_t writer_kind; /* enum pc_writer_kind */
	uint32_t liveness;    /* pc_liveness as the daemon saw it last */
	uint32_t access_mode; /* POSIX permission bits of the payload */
	char plugin[32];      /* instance that writes it, or "" */
	uint8_t reserved[56];
} pc_directory_entry;
enum pc_writer_kind { PC_WRITER_PLUGIN = 0, PC_WRITER_EXTERNAL = 1, PC_WRITER_LEGACY = 2 };
typedef struct pc_directory { /* 256 bytes, then `capacity` entries */
	uint32_t version, entry_bytes, capacity, count;
	char instance[32];
	uint32_t daemon_pid, config_generation;
	uint64_t started_unix_ns;
	uint32_t reload_count; /* reloads tried */
	int32_t reload_status; /* pc_status of the last one */
	char config_path[144]; /* cut at the front with "..." if longer */
	uint8_t reserved[40];
} pc_directory;
PC_STATIC_ASSERT(sizeof(pc_directory_entry) == 256, "directory entry");
PC_STATIC_ASSERT(sizeof(pc_directory) == 256, "directory header");
/* clang-format off */
PC_AT(pc_directory_entry, id, 128); PC_AT(pc_directory_entry, payload_bytes, 136); PC_AT(pc_directory_entry, flags, 152);
PC_AT(pc_directory_entry, plugin, 168); PC_AT(pc_directory, instance, 16); PC_AT(pc_directory, daemon_pid, 48);
PC_AT(pc_directory, started_unix_ns, 56); PC_AT(pc_directory, reload_count, 64); PC_AT(pc_directory, config_path, 72);
/* clang-format on */

/* ---- liveness --------------------------------------------------------------------------------- */
#define PC_FUTEX_OWNER_DIED 0x40000000u /* <linux/futex.h>: set by the kernel when the owning thread ends */

/** True if the writer ended without closing: one load, about a nanosecond. [any thread]
 *  Says nothing of a writer that hangs; pc_liveness_of() does. Windows: true once somebody has written the death down, which
 *  the region's owner does within a second; pc_reader_liveness() asks for the process itself. */
static inline int pc_control_writer_died(const pc_control *c, uint32_t liveness_offset)
{
	return (pc_load_acquire_u32((const uint32_t *)(const void *)((const char *)c + liveness_offset)) &
	        PC_FUTEX_OWNER_DIED) != 0;
}

/** What one reader remembers of a heartbeat between two looks; zero-initialised, private to a thread. */
typedef struct pc_beat {
	uint64_t count;      /* beat_count at the last look */
	uint64_t changed_ns; /* reader's clock when it was first seen so */
	uint64_t looked_ns;  /* reader's clock at the last look, 0 = never looked */
	uint32_t grace;      /* the reader slept through the period: one more look before "stale" */
	uint32_t reserved;
} pc_beat;

/** The immutable facts that pc_liveness_of() needs, copied at attach so that no later write can fool it. */
typedef struct pc_liveness_terms {
	uint32_t flags, liveness_kind, liveness_offset, stale_after_ms, dead_after_ms;
} pc_liveness_terms;

/** What its observer says of the writer of an adopted region. */
static inline pc_liveness pc_liveness_upstream(const pc_control *c)
{
	uint32_t found = pc_load_relaxed_u32((const uint32_t *)(const void *)c->upstream);
	return found <= PC_UNREACHABLE ? (pc_liveness)found : PC_LEGACY;
}

/**
 * The one function that computes a region's liveness from its control page: used by every reader, the daemon and the bridges.
 * Where liveness_kind is PC_LIVENESS_PROCESS the library asks for the process as well.
 *
 * The first look can only tell that a writer exists; from the second on the heartbeat counts. A
 * reader that itself slept longer than stale_after_ms looks once more before it says PC_STALE.
 *
 * @param c       mapped control page, borrowed
 * @param t       identity facts copied at attach
 * @param b       this reader's memory of the heartbeat, updated
 * @param now_ns  the reader's own monotonic clock
 */
static inline pc_liveness pc_liveness_of(const pc_control *c, const pc_liveness_terms *t, pc_beat *b, uint64_t now_ns)
{
	uint32_t state = pc_load_acquire_u32(&c->state);
	pc_liveness quiet = t->flags & PC_REGION_LEGACY ? PC_UNREACHABLE : PC_STALE;
	pc_liveness good = t->flags & PC_REGION_ADOPTED  ? pc_liveness_upstream(c)
	                   : t->flags & PC_REGION_LEGACY ? PC_LEGACY
	                                                 : PC_LIVE;
	uint64_t count, slept, silent;
	if (state == PC_STATE_RETIRED) return PC_RETIRED;
	if (state == PC_STATE_CLOSED) return PC_CLOSED;
	if (state == PC_STATE_INIT) return PC_STARTING;
	if (t->liveness_kind != PC_LIVENESS_NONE && pc_control_writer_died(c, t->liveness_offset))
		return t->flags & PC_REGION_LEGACY ? PC_UNREACHABLE : PC_DEAD;
	if (state != PC_STATE_LIVE) return PC_STARTING;
	count = pc_load_acquire_u64(&c->beat_count);
	slept = b->looked_ns && now_ns > b->looked_ns ? now_ns - b->looked_ns : 0;
	if (!b->looked_ns || count != b->count) {
		b->count = count;
		b->changed_ns = b->looked_ns = now_ns;
		b->grace = 0;
		return good;
	}
	b->looked_ns = now_ns;
	silent = now_ns > b->changed_ns ? now_ns - b->changed_ns : 0;
	if (silent <= t->stale_after_ms * UINT64_C(1000000)) return good;
	if (slept > t->stale_after_ms * UINT64_C(1000000) && !b->grace) {
		b->grace = 1;
		return good;
	}
	if (t->liveness_kind == PC_LIVENESS_NONE && t->dead_after_ms && silent > t->dead_after_ms * UINT64_C(1000000) &&
	    quiet == PC_STALE)
		return PC_DEAD;
	return quiet;
}

#ifdef __cplusplus
}
#endif
#endif
