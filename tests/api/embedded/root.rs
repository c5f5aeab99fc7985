//! Started by root. These tests have nothing to do for an ordinary user.

use super::*;

#[test]
fn root_becomes_the_account_of_the_data_directory() {
    if !geteuid().is_root() {
        return;
    }
    let parent = tempfile::Builder::new().permissions(PermissionsExt::from_mode(0o755)).tempdir().unwrap();
    let data_dir = parent.path().join("new/data");

    for _first_and_second_time in 0..2 {
        let output = helper("serve-as-root-does", &data_dir).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_data_directory_out_of_reach_is_refused_with_advice() {
    if !geteuid().is_root() {
        return;
    }
    let closed = tempfile::tempdir().unwrap();
    fs::set_permissions(closed.path(), PermissionsExt::from_mode(0o700)).unwrap();

    let output = helper("serve-as-root-does", &closed.path().join("data")).output().unwrap();

    let refused = String::from_utf8_lossy(&output.stderr);
    assert!(refused.contains(&format!("may not enter {}", closed.path().display())), "{refused}");
}

#[test]
fn a_directory_of_root_with_other_files_is_left_alone() {
    if !geteuid().is_root() {
        return;
    }
    let etc = tempfile::tempdir().unwrap();
    fs::write(etc.path().join("passwd"), "").unwrap();

    let output = helper("serve-as-root-does", etc.path()).output().unwrap();

    let refused = String::from_utf8_lossy(&output.stderr);
    assert!(refused.contains("files that Tintuc did not make"), "{refused}");
}
