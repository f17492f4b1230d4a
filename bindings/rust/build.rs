//! Where libpagecast is: PAGECAST_LIBRARY_DIR, else where pkg-config says, else where the linker looks anyway.
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=PAGECAST_LIBRARY_DIR");
    println!("cargo:rustc-link-lib=pagecast");
    if let Ok(folder) = std::env::var("PAGECAST_LIBRARY_DIR") {
        println!("cargo:rustc-link-search=native={folder}");
    } else if let Ok(found) = Command::new("pkg-config").args(["--variable=libdir", "pagecast"]).output() {
        if let Some(folder) = String::from_utf8(found.stdout).ok().filter(|f| !f.trim().is_empty()) {
            println!("cargo:rustc-link-search=native={}", folder.trim());
        }
    }
}
