//! The tutorial's client in Rust: whole commits only, asleep until there is one, and it says whether the writer lives.
//!
//!     cargo run --example follow [NAME]
#[path = "fork_server.rs"]
mod map; // by `pagecast layout gen config/demo.yaml fork_server --lang rust`

use map::fork_server;
use pagecast::{Error, Liveness, Reader};
use std::time::Duration;

unsafe impl pagecast::Map for fork_server {}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn follow(name: &str) -> Result<(), Error> {
    let mut region = Reader::open_within(name, Duration::from_secs(5))?;
    let (mut was, mut seen) = (Liveness::Absent, None);
    loop {
        let now = region.liveness();
        if now != was {
            println!("{now}");
            was = now;
        }
        match region.read::<fork_server>() {
            Ok((s, info)) if seen != Some(info.tick) => {
                println!("#{} a={} b={} c={} buffer={}", info.tick, s.a != 0, s.b, s.c, text(&s.buffer));
                seen = Some(info.tick);
            }
            Ok(_) => {}
            Err(e) if e.status == "PC_EAGAIN" || e.status == "PC_ESTALE" => {} // the next look
            Err(e) => return Err(e),
        }
        if matches!(now, Liveness::Closed | Liveness::Retired) {
            let _ = region.reopen(); // a writer that said goodbye may come back in another object
        }
        region.wait(Duration::from_millis(200))?;
    }
}

fn main() {
    let name = std::env::args().nth(1).unwrap_or(map::OBJECT.to_string());
    if let Err(error) = follow(&name) {
        eprintln!("{name}: {error}");
        std::process::exit(1);
    }
}
