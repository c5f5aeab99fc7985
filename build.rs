//! Migrations and the portal are part of the program: a new file there makes a new build.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=examples/portal/site");
}
