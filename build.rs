//! Migrations are part of the program: a new folder makes a new build.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
