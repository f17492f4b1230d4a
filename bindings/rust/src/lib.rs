//! Read regions of this machine, by libpagecast: consistent snapshots, waits, and whether the writer lives.
//!
//! ```no_run
//! # #[derive(Clone, Copy)] #[repr(C)] struct Oven { temp: f32 }
//! # unsafe impl pagecast::Map for Oven {}
//! let mut region = pagecast::Reader::open("oven")?;
//! let (oven, info) = region.read::<Oven>()?;
//! println!("#{} {} °C, {}", info.tick, oven.temp, region.liveness());
//! # Ok::<(), pagecast::Error>(())
//! ```
//! `pagecast layout gen --lang rust` writes the struct. Everything else is documented in `<pagecast/reader.h>`.
use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::mem::{size_of, MaybeUninit};
use std::time::Duration;
use std::{fmt, ptr};

/// A type of which every sequence of bytes is a value: numbers, arrays and `repr(C)` structs of them, as they are generated.
///
/// # Safety
/// No `bool`, enum, reference or other type that some bytes are no value of.
pub unsafe trait Map: Copy {}
unsafe impl<const N: usize> Map for [u8; N] {}

/// What libpagecast refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Its name in `<pagecast/status.h>`: "PC_EABSENT", "PC_EAGAIN", ...
    pub status: String,
    /// A sentence for people.
    pub text: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

/// What a reader knows of a region's writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    Absent,
    Starting,
    Live,
    Stale,
    Dead,
    Closed,
    Retired,
    Legacy,
    Unreachable,
}

impl Liveness {
    const ALL: [(Liveness, &'static str); 9] = [
        (Liveness::Absent, "absent"),
        (Liveness::Starting, "starting"),
        (Liveness::Live, "live"),
        (Liveness::Stale, "stale"),
        (Liveness::Dead, "dead"),
        (Liveness::Closed, "closed"),
        (Liveness::Retired, "retired"),
        (Liveness::Legacy, "legacy"),
        (Liveness::Unreachable, "unreachable"),
    ];

    fn of(number: c_int) -> Liveness {
        usize::try_from(number).ok().and_then(|n| Self::ALL.get(n)).map_or(Liveness::Unreachable, |known| known.0)
    }
}

impl fmt::Display for Liveness {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(Self::ALL[*self as usize].1)
    }
}

/// What a snapshot found, in the same consistent moment as the bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Info {
    /// Number of the commit.
    pub tick: u64,
    /// Wall clock of the writer at that commit, ns; 0: never written.
    pub commit_unix_ns: u64,
    /// Since that commit by this machine's monotonic clock, ns.
    pub age_ns: u64,
    /// Writers attached so far.
    pub epoch: u32,
    /// 1 source stale, 2 recovered, 4 torn, 8 mirror stale.
    pub payload_flags: u32,
    /// Copies made.
    pub attempts: u32,
    /// 1: taken from a slot.
    pub from_slot: u32,
}

/// What ended a wait; several may be true, none: the time was over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// A commit since the last snapshot or wait.
    pub data: bool,
    /// The writer attached or closed, or the object was retired.
    pub state: bool,
    /// The writer ended without closing.
    pub dead: bool,
}

#[repr(C)]
struct RawErr {
    text: [c_char; 256],
}

extern "C" {
    fn pc_status_name(status: c_int) -> *const c_char;
    fn pc_status_text(status: c_int) -> *const c_char;
    fn pc_reader_open_wait(name: *const c_char, options: *const c_void, timeout_ms: c_int, reader: *mut *mut c_void, err: *mut RawErr) -> c_int;
    fn pc_reader_open(name: *const c_char, options: *const c_void, reader: *mut *mut c_void, err: *mut RawErr) -> c_int;
    fn pc_reader_close(reader: *mut *mut c_void);
    fn pc_reader_reopen(reader: *mut c_void, err: *mut RawErr) -> c_int;
    fn pc_reader_payload_bytes(reader: *const c_void) -> u64;
    fn pc_reader_read(reader: *mut c_void, offset: u64, to: *mut c_void, bytes: usize, info: *mut Info) -> c_int;
    fn pc_reader_wait(reader: *mut c_void, timeout_ms: c_int, events: *mut u32) -> c_int;
    fn pc_reader_liveness(reader: *mut c_void) -> c_int;
}

const PC_ETIMEDOUT: c_int = -13;

fn check(status: c_int, err: Option<&RawErr>) -> Result<(), Error> {
    if status == 0 {
        return Ok(());
    }
    // Static storage, and a text that the library has ended.
    let text = |p| unsafe { CStr::from_ptr(p) }.to_string_lossy().into_owned();
    let said = err.map(|e| text(e.text.as_ptr())).filter(|t| !t.is_empty());
    Err(Error { status: text(unsafe { pc_status_name(status) }), text: said.unwrap_or_else(|| text(unsafe { pc_status_text(status) })) })
}

fn milliseconds(time: Duration) -> c_int {
    c_int::try_from(time.as_millis()).unwrap_or(c_int::MAX)
}

/// An attached region. It may move between threads, and belongs to one at a time.
#[derive(Debug)]
pub struct Reader {
    raw: *mut c_void,
}

unsafe impl Send for Reader {}

impl Reader {
    /// Attach to a region by name. Errors: PC_EABSENT, PC_ENOTREADY, PC_EUNTRUSTED, PC_EPERM, PC_EVERSION, PC_ECORRUPT, PC_EINVAL.
    pub fn open(name: &str) -> Result<Reader, Error> {
        Self::open_with(name, |name, raw, err| unsafe { pc_reader_open(name, ptr::null(), raw, err) })
    }

    /// The same, tried again until the region is there; then PC_ETIMEDOUT.
    pub fn open_within(name: &str, time: Duration) -> Result<Reader, Error> {
        Self::open_with(name, |name, raw, err| unsafe { pc_reader_open_wait(name, ptr::null(), milliseconds(time), raw, err) })
    }

    fn open_with(name: &str, open: impl Fn(*const c_char, *mut *mut c_void, *mut RawErr) -> c_int) -> Result<Reader, Error> {
        let invalid = |_| Error { status: "PC_EINVAL".into(), text: "a name has no NUL in it".into() };
        let name = CString::new(name).map_err(invalid)?;
        let mut err = RawErr { text: [0; 256] };
        let mut raw = ptr::null_mut();
        let status = open(name.as_ptr(), &mut raw, &mut err);
        check(status, Some(&err))?;
        Ok(Reader { raw })
    }

    /// Follow the name to the object it now stands for, after `Retired`, `Closed` or PC_ESTALE.
    pub fn reopen(&mut self) -> Result<(), Error> {
        let mut err = RawErr { text: [0; 256] };
        let status = unsafe { pc_reader_reopen(self.raw, &mut err) };
        check(status, Some(&err))
    }

    pub fn payload_bytes(&self) -> u64 {
        unsafe { pc_reader_payload_bytes(self.raw) }
    }

    /// One consistent snapshot of the first bytes of the region, as a `T`. Errors: PC_EINVAL the region is smaller; PC_EAGAIN every
    /// try met a write; PC_ESTALE retired.
    pub fn read<T: Map>(&mut self) -> Result<(T, Info), Error> {
        let mut value = MaybeUninit::<T>::uninit();
        let mut info = Info::default();
        let status = unsafe { pc_reader_read(self.raw, 0, value.as_mut_ptr().cast(), size_of::<T>(), &mut info) };
        check(status, None)?;
        Ok((unsafe { value.assume_init() }, info)) // all its bytes were written, and all bytes are values
    }

    /// Sleep until the region changes, or the time is over.
    pub fn wait(&mut self, time: Duration) -> Result<Events, Error> {
        let mut bits = 0;
        match unsafe { pc_reader_wait(self.raw, milliseconds(time), &mut bits) } {
            PC_ETIMEDOUT => Ok(Events::default()),
            status => check(status, None).map(|()| Events { data: bits & 1 != 0, state: bits & 2 != 0, dead: bits & 4 != 0 }),
        }
    }

    /// Now: a few loads and one clock.
    pub fn liveness(&mut self) -> Liveness {
        Liveness::of(unsafe { pc_reader_liveness(self.raw) })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        unsafe { pc_reader_close(&mut self.raw) }
    }
}
