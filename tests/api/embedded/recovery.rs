//! What a kill leaves behind, and what the next start makes of it.

use super::*;

#[test]
fn a_server_left_behind_is_adopted_and_can_be_stopped() {
    let place = Place::new();
    let pid = place.leave_a_server_behind();

    // That this succeeds also shows that PostgreSQL has not inherited the lock.
    let server = place.start();

    assert_eq!(server.pid(), pid);
    connect(&server.admin_url("postgres"));
    server.stop().unwrap();
    assert!(embedded::running(&place.dir).is_none());
    assert!(!place.postmaster_pid().exists());
}

#[test]
fn a_server_on_its_way_down_is_waited_for() {
    let place = Place::new();
    let pid = place.leave_a_server_behind();
    let newsroom = embedded::running(&place.dir).unwrap().newsroom("news").unwrap();
    let busy = connect(newsroom.expose_secret());
    // A smart shutdown waits for that connection.
    signal(pid, Signal::SIGTERM);
    let ends_later = std::thread::spawn(move || {
        sleep(Duration::from_millis(500));
        drop(busy);
    });

    let server = place.start();

    assert_ne!(server.pid(), pid);
    ends_later.join().unwrap();
    server.stop().unwrap();
}

#[test]
fn a_killed_server_recovers_though_its_processes_linger() {
    let place = Place::new();
    let server = place.start();
    let pid = server.pid();
    let mut connection = connect(&server.admin_url("postgres"));
    run(&mut connection, "CREATE TABLE kept AS SELECT 1 AS number");
    let url = server.admin_url("postgres");
    // Busy with a statement, a backend does not notice that its server is gone.
    let lingering = std::thread::spawn(move || {
        let mut connection = connect(&url);
        diesel::sql_query("DO $$ BEGIN WHILE true LOOP END LOOP; END $$").execute(&mut connection)
    });
    within(10, "the statement runs", || {
        ask(&mut connection, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %'") == "1"
    });
    signal(pid, Signal::SIGKILL);
    drop(server);

    let server = place.start();

    assert_ne!(server.pid(), pid);
    assert_eq!(ask(&mut connect(&server.admin_url("postgres")), "SELECT number FROM kept"), "1");
    assert!(lingering.join().unwrap().is_err());
    server.stop().unwrap();
}

#[test]
fn a_pid_that_belongs_to_somebody_else_now_is_not_signalled() {
    let place = Place::new();
    place.start().stop().unwrap();
    let mut bystander = Command::new("sleep").arg("60").spawn().unwrap();
    let cluster = place.dir.join("cluster");
    let stale =
        format!("{}\n{}\n1700000000\n5432\n\n127.0.0.1\n  1234567   8\nready   \n", bystander.id(), cluster.display());
    fs::write(place.postmaster_pid(), stale).unwrap();

    assert!(embedded::running(&place.dir).is_none());
    let server = place.start();

    assert_ne!(server.pid(), bystander.id());
    server.stop().unwrap();
    assert!(bystander.try_wait().unwrap().is_none(), "the bystander lives");
    bystander.kill().unwrap();
    bystander.wait().unwrap();
}

#[test]
fn a_kill_while_the_cluster_is_made_leaves_nothing_in_the_way() {
    let place = Place::new();
    let half_made = || {
        fs::read_dir(&place.dir)
            .unwrap()
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("cluster.new"))
    };
    let mut helper = helper("hold", &place.dir).spawn().unwrap();
    within(30, "initdb is at work", half_made);
    helper.kill().unwrap();
    helper.wait().unwrap();

    let server = place.start();

    connect(&server.admin_url("postgres"));
    server.stop().unwrap();
}
